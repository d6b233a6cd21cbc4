// Says what Microsoft's conformance check thinks of a report, as one JSON document.
// node validate.mjs PACKAGES REPORT, where PACKAGES is the folder with node_modules in it.
// JSON schemas are left out: they would be fetched, and tests have no network.
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [packages, report] = process.argv.slice(2);
const library = join(packages, "node_modules/@microsoft/powerbi-report-authoring-cli/dist/index.js");
const { getMetadataProvider, locateReport, runReportValidation } = await import(
  pathToFileURL(library).href
);
const provider = await getMetadataProvider();
const found = await runReportValidation({ ...locateReport(report), provider, skipSchema: true });
console.log(JSON.stringify(found));
