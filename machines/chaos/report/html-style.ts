/**
 * The style sheet of the HTML report: dark and light as the reader's system is, readable on a small screen and on
 * paper. A constant; loads nothing from anywhere.
 */
export const STYLE = `
:root{color-scheme:light dark;--bg:#f7f7f5;--card:#fff;--fg:#1d1f23;--muted:#5f656e;--line:#e0e1e4;
--good:#2c8a5b;--ready:#6dbf94;--warn:#e3a63a;--bad:#c93f2e;--paused:#4f86cf;--part:#8b5cc4;--msg:#2296a3;
--store:#a96a25;--view:#b9509a;--node:#c77a18;--other:#7b818a;--p0:#8cc3e8;--p1:#f0cf7c;--p2:#c3c9d0;--p3:#e58b7c;
--p4:#b99bd6;--p5:#9ba1a9;--faults:#c93f2e10;--heal:#2c8a5b14}
@media(prefers-color-scheme:dark){:root{--bg:#15171a;--card:#1d2024;--fg:#e8e9eb;--muted:#9da3ad;--line:#33373d;
--good:#59c08d;--ready:#3b8f66;--warn:#d79a35;--bad:#f07564;--paused:#6ea3e8;--part:#ab84dd;--msg:#3cb3c0;
--store:#cd9146;--view:#d678ba;--node:#e09a45;--other:#8d939c;--p0:#2f6f9c;--p1:#8f7224;--p2:#515861;--p3:#9a4436;
--p4:#6a4b8e;--p5:#5d636b;--faults:#f075641a;--heal:#59c08d1a}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--fg);font:15px/1.5 system-ui,sans-serif}
main{max-width:1240px;margin:0 auto;padding:20px 16px 60px}
h1{font-size:1.5rem;line-height:1.25;margin:0;overflow-wrap:anywhere}
h2{font-size:1.05rem;margin:28px 0 10px}
p{margin:.4em 0}
.muted{color:var(--muted)}
header{display:flex;flex-wrap:wrap;gap:6px 14px;align-items:center}
.verdict{border-radius:99px;padding:2px 12px;color:#fff;background:#a83224;font-weight:600}
.verdict.held{background:#23774d}
dl{display:grid;grid-template-columns:repeat(auto-fill,minmax(165px,1fr));margin:16px 0;
background:var(--card);border:1px solid var(--line);border-radius:8px;overflow:hidden}
dl div{padding:8px 12px;box-shadow:0 0 0 .5px var(--line)}
dt{color:var(--muted);font-size:.8rem}
dd{margin:0;font-weight:600;overflow-wrap:anywhere}
dd small{font-weight:400;color:var(--muted);display:block}
.card{background:var(--card);border:1px solid var(--line);border-radius:8px}
.scroll{overflow-x:auto}
.scroll svg{display:block;min-width:680px;width:100%;height:auto}
code{font:.9em ui-monospace,monospace;overflow-wrap:anywhere}
pre{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:10px 12px;overflow-x:auto}
ol.violations{padding:0;list-style:none}
.violations li{background:var(--card);border:1px solid var(--line);border-left:4px solid var(--bad);
border-radius:6px;padding:8px 12px;margin:8px 0;overflow-wrap:anywhere}
.violations li:target{outline:2px solid var(--bad)}
.violations b{color:var(--bad)}
svg text{fill:var(--fg);font-size:12px}
svg .tick{fill:var(--muted);font-size:11px;text-anchor:middle}
svg .count{fill:var(--muted);font-size:11px;text-anchor:end}
svg .phase{fill:var(--muted);font-size:11px}
.ph-prepare{fill:none}.ph-faults{fill:var(--faults)}.ph-heal{fill:var(--heal)}
.grid{stroke:var(--line);stroke-width:1}
.pods-0{fill:var(--p0)}.pods-1{fill:var(--p1)}.pods-2{fill:var(--p2)}.pods-3{fill:var(--p3)}
.pods-4{fill:var(--p4)}.pods-5{fill:var(--p5)}
.pods-ready{fill:none;stroke:var(--fg);stroke-width:1.6}
.nodes-all{fill:var(--warn);opacity:.75}.nodes-ready{fill:var(--ready)}
.row{fill:transparent;stroke:var(--line);stroke-width:.5}
g:hover>.row,g:focus>.row{fill:var(--line);fill-opacity:.5}
.ready{fill:var(--ready)}.not-ready{fill:var(--warn)}
.bar{rx:2}
.down{fill:var(--bad)}.paused{fill:var(--paused)}.partitioned{fill:var(--part)}.messages{fill:var(--msg)}
.store{fill:var(--store)}.view{fill:var(--view)}.node{fill:var(--node)}.other{fill:var(--other)}
.heal,.converged{stroke:var(--good);stroke-width:1.2;stroke-dasharray:4 3}
.converged{stroke-dasharray:none}
.recovery{fill:var(--good)}
svg .recovered{fill:var(--good);font-weight:600}
svg .recovered.end{text-anchor:end}
.violation path{fill:var(--bad)}
.violation line{stroke:var(--bad);stroke-width:1.2;stroke-dasharray:2 2}
.cursor{stroke:var(--fg);stroke-width:1;opacity:.6;pointer-events:none}
.legend{display:flex;flex-wrap:wrap;gap:4px 16px;padding:8px 12px;margin:0;list-style:none;font-size:.85rem;
border-top:1px solid var(--line)}
.legend i{display:inline-block;width:12px;height:12px;border-radius:3px;margin-right:6px;vertical-align:-1px}
#at{padding:8px 12px;margin:0;border-bottom:1px solid var(--line);font-size:.85rem;font-variant-numeric:tabular-nums}
.filter{display:flex;flex-wrap:wrap;gap:6px 14px;align-items:center;padding:10px 12px;font-size:.9rem}
.filter[hidden]{display:none}
.filter input[type=search]{font:inherit;color:inherit;background:var(--bg);border:1px solid var(--line);
border-radius:6px;padding:4px 8px;margin-left:6px;min-width:12em}
table{border-collapse:collapse;width:100%;font-size:.86rem}
th,td{text-align:left;vertical-align:top;padding:3px 12px;border-top:1px solid var(--line);overflow-wrap:anywhere}
td:first-child{font-family:ui-monospace,monospace;white-space:nowrap;color:var(--muted);width:1%}
td:nth-child(2){min-width:9em;width:34%}
td:nth-child(2)::before{color:var(--muted);display:inline-block;min-width:6em}
.p td:nth-child(2)::before{content:"phase "}.f td:nth-child(2)::before{content:"fault ";color:var(--part)}
.w td:nth-child(2)::before{content:"workload "}.r td:nth-child(2)::before{content:"process ";color:var(--node)}
.n td:nth-child(2)::before{content:"node ";color:var(--node)}.d td:nth-child(2)::before{content:"pod "}
.v td:nth-child(2)::before{content:"violation ";color:var(--bad);font-weight:600}
.t td:nth-child(2)::before{content:"note "}
.p td{background:var(--heal)}
:focus-visible{outline:2px solid var(--paused);outline-offset:1px}
@media(max-width:600px){body{font-size:14px}th,td{padding:3px 6px}
td:nth-child(2){min-width:6em}td:nth-child(2)::before{display:block}}
@media print{.filter,#at{display:none}.scroll svg{min-width:0}}
`;
