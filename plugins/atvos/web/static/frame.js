// Airflow shows this page in a frame that may not leave it: pages of Airflow, and of others,
// are opened by the window around it. Without this script they open within the frame.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-outside]");
  const isPlain = !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
  if (!link || window.parent === window || !isPlain) {
    return;
  }
  event.preventDefault();
  const outside = window.parent.document.createElement("a");
  outside.href = link.href;
  if (outside.origin !== window.location.origin) {
    outside.target = "_blank";
    outside.rel = "noreferrer";
  }
  window.parent.document.body.append(outside);
  outside.click();
  outside.remove();
});
