// Parses queries in Power Query M with Microsoft's own parser.
//
// node parse_m.cjs FOLDER, which holds node_modules. Reads a JSON list of texts from standard
// input, and writes a list of as many answers: null, or {line, column, message} of the first
// error, counted from 1.
"use strict";

const { createRequire } = require("node:module");
const path = require("node:path");

const fromFolder = createRequire(path.join(path.resolve(process.argv[2]), "package.json"));
const { DefaultSettings, TaskUtils } = fromFolder("@microsoft/powerquery-parser");

function place(error, text) {
    const inner = error.innerError ?? error;
    const found = inner.foundToken;
    const token = found?.token ?? inner.startToken ?? inner.token;
    const at = token?.positionStart ?? inner.graphemePosition ?? inner.positionStart;
    if (at) {
        const column = found?.columnNumber ?? at.columnNumber ?? at.lineCodeUnit ?? 0;
        return { line: at.lineNumber + 1, column: column + 1 };
    }
    // The text ends where something is missing.
    const lines = text.split("\n");
    return { line: lines.length, column: lines[lines.length - 1].length + 1 };
}

async function judged(text) {
    const task = await TaskUtils.tryLexParse(DefaultSettings, text);
    if (!task.error) {
        return null;
    }
    const message = (task.error.innerError ?? task.error).message;
    return { ...place(task.error, text), message };
}

async function main() {
    let input = "";
    for await (const chunk of process.stdin.setEncoding("utf8")) {
        input += chunk;
    }
    const answers = [];
    for (const text of JSON.parse(input)) {
        answers.push(await judged(text));
    }
    process.stdout.write(JSON.stringify(answers));
}

main();
