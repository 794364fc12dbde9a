/// How the evidence page looks, on a screen and on A4.
enum EvidenceStyle {
  static let sheet: StaticString = """
    :root { --ink: #1c2733; --faint: #5f6f7f; --line: #d5dce3; --out: #66788a; --in: #0b7a75; --bad: #b3261e; --wait: #8a5a00; }
    * { box-sizing: border-box; }
    body { margin: 0 auto; max-width: 62rem; padding: 1.5rem; color: var(--ink); background: #fff;
      font: .9rem/1.4 system-ui, "Segoe UI", "Liberation Sans", "DejaVu Sans", sans-serif; }
    h1 { font-size: 1.5rem; margin: 0; }
    h2 { font-size: 1rem; margin: 1.2rem 0 .35rem; border-bottom: 1px solid var(--line); break-after: avoid; }
    h3 { font-size: .85rem; margin: .5rem 0 .1rem; break-after: avoid; }
    p { margin: .35rem 0; }
    p.lead { font-size: 1.05rem; }
    .badge { border-radius: .25rem; color: #fff; background: var(--in); padding: .1rem .5rem; }
    .badge.bad { background: var(--bad); } .badge.open { background: var(--wait); }
    table { border-collapse: collapse; width: 100%; font-size: .82rem; }
    th { text-align: left; color: var(--faint); font-weight: 600; }
    th, td { padding: .16rem .6rem .16rem 0; vertical-align: top; border-bottom: 1px solid var(--line);
      overflow-wrap: anywhere; }
    td.long { min-width: 5.2rem; }
    tr { break-inside: avoid; }
    th, td.short { white-space: nowrap; overflow-wrap: normal; font-variant-numeric: tabular-nums; }
    code, pre { font-family: ui-monospace, "Liberation Mono", "DejaVu Sans Mono", monospace; font-size: .8rem; }
    pre { white-space: pre-wrap; overflow-wrap: anywhere; border: 1px solid var(--line); padding: .4rem .6rem;
      margin: .3rem 0; break-inside: avoid; }
    dl.facts { display: grid; grid-template-columns: 7.5rem 1fr; gap: .12rem .6rem; margin: .6rem 0; }
    dl.facts dt { color: var(--faint); } dl.facts dd { margin: 0; overflow-wrap: anywhere; }
    .verdicts { columns: 2; column-gap: 1.5rem; font-size: .74rem; }
    .verdicts section { break-inside: avoid; } .verdicts p { margin: 0 0 0 .8rem; text-indent: -.8rem; }
    .faint { color: var(--faint); } .bad { color: var(--bad); }
    figure { margin: .6rem 0; break-inside: avoid; } figcaption { font-size: .74rem; color: var(--faint); }
    svg { width: 100%; height: auto; display: block; }
    svg text { font: 10px system-ui, "Segoe UI", "Liberation Sans", "DejaVu Sans", sans-serif; fill: var(--ink); }
    svg .small { font-size: 8.5px; fill: var(--faint); } svg .inside { fill: #fff; }
    svg .out { fill: var(--out); } svg .in { fill: var(--in); } svg .none { fill: #eef1f4; }
    svg .tick { stroke: var(--line); } svg .trouble { fill: var(--bad); } svg .wait { fill: var(--wait); }
    @page { size: A4; margin: 13mm 14mm; }
    @media print {
      :root { font-size: 10.5px; }
      body { padding: 0; max-width: none; -webkit-print-color-adjust: exact; print-color-adjust: exact; }
    }
    """
}
