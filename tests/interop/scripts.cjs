/* What applies sharing elsewhere, read by the grammars of others: scripts.cjs MODULES GRAPH.JSONL SCRIPT.PS1.
 * PowerShell by its tree-sitter grammar; requests for Microsoft Graph by the types that its vendor publishes. */
'use strict';
const { execFileSync } = require('child_process');
const fs = require('fs');
const { createRequire } = require('module');
const os = require('os');
const path = require('path');

const [modules, lines, script] = process.argv.slice(2);
let passed = 0, failed = 0;
function check(good, what) {
    if (good) passed++;
    else { failed++; console.log('failed: ' + what); }
}

async function powershell() {
    const { Parser, Language } = createRequire(path.resolve(modules, 'of.js'))('web-tree-sitter');
    await Parser.init();
    const parser = new Parser();
    parser.setLanguage(await Language.load(path.join(modules, 'tree-sitter-powershell', 'tree-sitter-powershell.wasm')));
    const text = fs.readFileSync(script, 'utf8');
    check(!parser.parse(text).rootNode.hasError, script + ' is no PowerShell');
    for (const [from, to] of [['foreach ($row in', 'foreach ($row'], ['@{ Identity', '@{ = Identity'], ['} else {', '} else (']])
        check(text.includes(from) && parser.parse(text.replace(from, to)).rootNode.hasError, 'the grammar takes ' + to);
}

function compiles(requests) {
    const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'graph-'));
    fs.symlinkSync(path.resolve(modules), path.join(dir, 'node_modules'));
    fs.writeFileSync(path.join(dir, 'requests.ts'),
        "import type { CalendarPermission } from '@microsoft/microsoft-graph-types';\n" +
        requests.map((r, n) => `export const r${n}: CalendarPermission = ${JSON.stringify(r)};\n`).join(''));
    try {
        execFileSync(path.join(modules, '.bin', 'tsc'), ['--noEmit', '--strict', '--skipLibCheck', 'requests.ts'], { cwd: dir });
        return true;
    } catch (error) {
        fs.writeFileSync(1, requests.length > 1 ? String(error.stdout).slice(0, 500) : '');
        return false;
    } finally {
        fs.rmSync(dir, { recursive: true });
    }
}

function graph() {
    const requests = fs.readFileSync(lines, 'utf8').trim().split('\n').map(JSON.parse).map((l) => l.request).filter(Boolean);
    check(requests.length > 10, 'there are ' + requests.length + ' requests');
    check(compiles(requests), 'the requests have not the types of Graph');
    check(!compiles([{ role: 'reader' }]), 'the types take any role');
    check(!compiles([{ role: 'read', user: 'x' }]), 'the types take any member');
}

powershell().then(graph).catch((error) => check(false, error.stack)).finally(() => {
    console.log(`${passed} passed, ${failed} failed`);
    process.exitCode = failed ? 1 : 0;
});
