/**
 * The style sheet of a story's page: dark and light as the reader's system is, readable on a small screen and on paper.
 * A constant; loads nothing from anywhere.
 */
export const STORY_STYLE = `
:root{color-scheme:light dark;--bg:#f7f7f5;--card:#fff;--fg:#1d1f23;--muted:#5f656e;--line:#e2e3e6;--sel:#dfe9f8;
--hover:#eef0f3;--crit:#c9570c;--client:#7b818a;--apiserver:#3f7cc4;--controller:#2c8a5b;--scheduler:#8b5cc4;
--kubelet:#b4457f;--proxy:#2296a3;--other:#8f7a3a;--waits:#c3c8cf;--label:min(52%,46rem)}
@media(prefers-color-scheme:dark){:root{--bg:#15171a;--card:#1b1e22;--fg:#e8e9eb;--muted:#9da3ad;--line:#2e3237;
--sel:#243650;--hover:#23272c;--crit:#f0a04b;--client:#9aa0a9;--apiserver:#6ea3e8;--controller:#59c08d;
--scheduler:#ab84dd;--kubelet:#dd7fb1;--proxy:#3cb3c0;--other:#c4ab5f;--waits:#484e56}}
*{box-sizing:border-box}
[hidden]{display:none!important}
body{margin:0;background:var(--bg);color:var(--fg);font:14px/1.45 system-ui,sans-serif}
header{padding:14px 16px 6px}
h1{font-size:1.35rem;line-height:1.25;margin:0;overflow-wrap:anywhere}
h2{font-size:1rem;margin:0 2.5rem .5rem 0;overflow-wrap:anywhere}
h3{font-size:.8rem;color:var(--muted);margin:1rem 0 .3rem;text-transform:uppercase;letter-spacing:.04em}
header p{margin:.2em 0 0}
.muted{color:var(--muted)}
.bar{position:sticky;top:0;z-index:3;display:flex;flex-wrap:wrap;gap:6px 14px;align-items:center;padding:8px 16px;
background:var(--bg);border-bottom:1px solid var(--line)}
input[type=search]{font:inherit;color:inherit;background:var(--card);border:1px solid var(--line);border-radius:6px;
padding:4px 8px;width:min(17rem,60vw)}
.buttons{display:flex;gap:6px;flex-wrap:wrap}
button{font:inherit;font-size:.85rem;color:inherit;background:var(--card);border:1px solid var(--line);border-radius:6px;
padding:3px 9px;cursor:pointer}
button:hover{background:var(--hover)}
button:disabled{color:var(--muted);cursor:default}
main{padding:0 16px 40px}
.axis,.row{display:grid;grid-template-columns:var(--label) 1fr;column-gap:8px}
.axis{position:sticky;top:var(--bar,46px);z-index:2;height:22px;background:var(--bg);border-bottom:1px solid var(--line)}
#ticks{position:relative;font-size:.72rem;color:var(--muted);font-variant-numeric:tabular-nums}
#ticks span{position:absolute;top:3px;padding-left:3px;border-left:1px solid var(--line);white-space:nowrap}
.row{cursor:pointer;border-bottom:1px solid transparent;min-height:24px;align-items:center;background:var(--card);
border-left:3px solid transparent}
.row.critical{border-left-color:var(--crit)}
.row:hover{background:var(--hover)}
.row[aria-selected=true]{background:var(--sel)}
.label{display:flex;align-items:baseline;gap:6px;min-width:0;padding-left:calc(4px + var(--d)*14px)}
.twisty{flex:none;width:1rem;text-align:center;color:var(--muted);border-radius:4px;user-select:none}
.who{flex:none;font-size:.8rem;font-weight:600;max-width:14rem;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.what{overflow:hidden;text-overflow:ellipsis;white-space:nowrap;min-width:0}
.critical .what{font-weight:600}
.hidden-count{flex:none;color:var(--muted);font-size:.78rem}
.time{position:relative;height:24px;overflow:hidden;min-width:0}
.time i{position:absolute;top:7px;height:10px;border-radius:2px;min-width:2px}
.time i.waits{top:11px;height:2px;border-radius:0;background:var(--waits);min-width:0}
.time b{position:absolute;top:3px;font-size:.72rem;font-weight:400;color:var(--muted);white-space:nowrap;
font-variant-numeric:tabular-nums;padding:0 4px}
.client{background:var(--client)}.apiserver{background:var(--apiserver)}.controller{background:var(--controller)}
.scheduler{background:var(--scheduler)}.kubelet{background:var(--kubelet)}.proxy{background:var(--proxy)}
.other{background:var(--other)}.crit{background:var(--crit)}
.who.client{color:var(--client)}.who.apiserver{color:var(--apiserver)}.who.controller{color:var(--controller)}
.who.scheduler{color:var(--scheduler)}.who.kubelet{color:var(--kubelet)}.who.proxy{color:var(--proxy)}
.who.other{color:var(--other)}.who{background:none!important}
.time i.span{opacity:.4}.time i.work{min-width:2px}
.critical .time i.span,.critical .time i:not(.waits):not(.work){box-shadow:0 0 0 1.5px var(--crit)}
.legend{display:flex;flex-wrap:wrap;gap:4px 16px;padding:10px 0;margin:0;list-style:none;font-size:.82rem;color:var(--muted)}
.legend i{display:inline-block;width:12px;height:10px;border-radius:2px;margin-right:6px}
.legend i.waits{height:2px;vertical-align:4px;background:var(--waits)}
aside{position:fixed;right:0;top:0;bottom:0;width:min(34rem,92vw);z-index:5;background:var(--card);overflow:auto;
border-left:1px solid var(--line);box-shadow:-8px 0 24px #0002;padding:14px 16px 40px}
#close{position:absolute;right:10px;top:10px;font-size:1.1rem;line-height:1;padding:4px 9px}
#body:focus{outline:none}
dl{display:grid;grid-template-columns:auto 1fr;gap:2px 12px;margin:0;font-size:.88rem}
dt{color:var(--muted)}
dd{margin:0;overflow-wrap:anywhere;font-variant-numeric:tabular-nums}
code{font:.92em ui-monospace,monospace}
ol{list-style:none;margin:0;padding:0}
ol li{border-top:1px solid var(--line);padding:6px 0;overflow-wrap:anywhere}
ol li div{font-size:.85rem;color:var(--muted)}
.move{font-weight:600}
.link{border:0;background:none;padding:0;font:inherit;color:var(--apiserver);text-decoration:underline;text-align:left}
footer{padding:0 16px 20px;font-size:.8rem}
pre{overflow-x:auto;font-size:.8rem}
:focus-visible{outline:2px solid var(--apiserver);outline-offset:-2px}
@media(max-width:760px){.axis,.row{grid-template-columns:1fr}.axis>span{display:none}
.label{padding-left:calc(2px + var(--d)*8px);padding-top:3px}.what{white-space:normal}.critical .what{font-weight:500}
.time{height:18px}.time i{top:3px}.time i.waits{top:7px}.time b{top:-1px}.row{border-bottom-color:var(--line)}
main,.bar,header{padding-left:10px;padding-right:10px}
aside{top:auto;left:0;width:auto;max-height:70vh;border-left:0;border-top:1px solid var(--line);border-radius:12px 12px 0 0}}
@media print{.bar,aside{display:none}.row{break-inside:avoid}.axis{position:static}}
`;
