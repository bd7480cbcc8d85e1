// Opens reports in a browser without a window, as people would: light, dark, narrow, printed; judges each.
//
// browser.js CHROMIUM REPORT [FOLDER]: with the last it leaves pictures FOLDER/report-light.png and so on.
// Judged: no text over text (boxes of all lines of text), nothing hidden in print, axe-core's rules, nothing on the console, no request
// but the page itself, no page wider than the window, and the first paint is printed.
'use strict'
const fs = require('fs')
const path = require('path')
const puppeteer = require('puppeteer-core')
const axe = fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8')

const views = [
  { name: 'light', scheme: 'light', width: 1200, height: 900 },
  { name: 'dark', scheme: 'dark', width: 1200, height: 640, at: '#sharing' },
  { name: 'narrow', scheme: 'light', width: 360, height: 740, at: '#m1' },
  { name: 'print', scheme: 'light', width: 794, height: 1123, at: '#m1', print: true }
]

// Runs in the page: pairs of lines of text whose boxes cover each other.
function overTexts () {
  const boxes = []
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  for (let node; (node = walker.nextNode());) {
    const parent = node.parentElement
    if (!node.data.trim() || !parent.checkVisibility({ contentVisibilityAuto: false })) continue
    const clip = parent.closest('.scroll')
    const edge = clip && getComputedStyle(clip).overflowX !== 'visible' && clip.getBoundingClientRect()
    const range = document.createRange()
    range.selectNodeContents(node)
    const size = parent instanceof SVGElement ? 0.3 : 0.2 // of a line: room above and below its letters
    for (const r of range.getClientRects()) {
      const box = { l: r.left + 1, r: r.right - 1, t: r.top + r.height * size, b: r.bottom - r.height * size, s: node.data.trim().slice(0, 40), n: node }
      if (edge) { box.l = Math.max(box.l, edge.left); box.r = Math.min(box.r, edge.right) }
      if (box.r > box.l && box.b > box.t && box.r > 0) boxes.push(box)
    }
  }
  boxes.sort((a, b) => a.t - b.t)
  const found = []
  for (let i = 0; i < boxes.length; i++) {
    for (let k = i + 1; k < boxes.length && boxes[k].t < boxes[i].b; k++) {
      const a = boxes[i]; const b = boxes[k]
      if (a.n !== b.n && a.l < b.r && b.l < a.r) found.push(`"${a.s}" over "${b.s}"`)
    }
  }
  return { texts: boxes.length, found }
}

async function judge (browser, file, view, faults) {
  const page = await browser.newPage()
  const say = text => faults.push(`${path.basename(path.dirname(file))} ${view.name}: ${text}`)
  page.on('console', m => say(`console: ${m.text()}`))
  page.on('pageerror', e => say(`error: ${e.message}`))
  page.on('request', r => { if (!r.url().startsWith('file:') || !r.url().endsWith('/report.html')) say(`asks for ${r.url()}`) })
  await page.setViewport({ width: view.width, height: view.height })
  await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: view.scheme }])
  if (view.print) await page.emulateMediaType('print')
  await page.goto('file://' + path.resolve(file))
  const paint = await page.evaluate(() => new Promise(resolve => {
    new PerformanceObserver(list => resolve(Math.round(list.getEntriesByName('first-contentful-paint')[0].startTime)))
      .observe({ type: 'paint', buffered: true })
  }))
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
  if (wide > 0) say(`${wide} pixels wider than the window`)
  return { page, paint, say }
}

// Runs in the page, before anything is opened: what people see on the screen behind a click and would miss on paper.
function closedTexts () {
  const found = []
  for (const d of document.querySelectorAll('details')) {
    for (const part of d.querySelectorAll('table')) {
      if (!part.checkVisibility({ contentVisibilityAuto: false }) || !part.getBoundingClientRect().height) found.push(part.caption.textContent)
    }
  }
  return found
}

// Runs in the page: tables that run out of their boxes, which nobody can scroll on paper.
function wideTables () {
  return [...document.querySelectorAll('.scroll')].filter(s => s.scrollWidth > s.clientWidth + 1).map(s => s.getAttribute('aria-label'))
}

async function look (browser, file, view, folder, faults) {
  const { page, paint, say } = await judge(browser, file, view, faults)
  if (folder && view.at) await page.evaluate(at => document.querySelector(at).scrollIntoView({ behavior: 'instant' }), view.at)
  if (folder) await page.screenshot({ path: `${folder}/report-${view.name}.png` })
  if (view.print) {
    const hidden = await page.evaluate(closedTexts)
    const cut = await page.evaluate(wideTables)
    if (cut.length) say(`wider than its place: ${cut.length} tables, the first is "${cut[0]}"`)
    if (hidden.length) say(`not printed: ${hidden.length} tables, the first is "${hidden[0]}"`)
  }
  await page.evaluate(() => { for (const d of document.querySelectorAll('details')) d.open = true })
  // what is not laid out until it is seen has no boxes
  const { texts, found } = await page.evaluate(() => {
    for (const s of document.querySelectorAll('section section')) s.style.contentVisibility = 'visible'
  }).then(() => page.evaluate(overTexts))
  for (const f of found.slice(0, 8)) say(`text over text: ${f}`)
  const big = fs.statSync(file).size > 1000000
  if (!big) { // the rules are the same for one mailbox and for hundreds
    await page.evaluate(axe + ';0')
    const result = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }))
    for (const v of result.violations) say(`axe ${v.id}: ${v.nodes.length} times, ${v.nodes[0].html.slice(0, 120)} ${(v.nodes[0].any[0] || {}).message || ''}`)
  }
  console.log(`${path.basename(path.dirname(file))} ${view.name}: first paint ${paint} ms, ${texts} lines of text`)
  await page.close()
}

async function main () {
  const [chromium, file, folder] = process.argv.slice(2)
  const browser = await puppeteer.launch({ executablePath: chromium, headless: true, args: ['--no-sandbox', '--disable-gpu', '--lang=en'] })
  const faults = []
  try {
    for (const view of views) await look(browser, file, view, folder, faults)
  } finally {
    await browser.close()
  }
  for (const f of faults) console.log(`FAULT ${f}`)
  process.exitCode = faults.length ? 1 : 0
}
main()
