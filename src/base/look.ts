/**
 * What every page of ours looks like: colours by day and by night as custom properties, and the type. The callback pages carry it in themselves,
 * the web page has it in its style sheet. Text colours have a contrast of at least 4.5 on every background they are used on (WCAG 2.2, 1.4.3).
 */
export const look = `
:root{color-scheme:light dark;--text:#1b1f24;--quiet:#57606a;--back:#f5f6f8;--panel:#fff;--sunken:#f0f2f5;--edge:#dde1e6;--line:#858e98;--shade:#1b1f2414;
--accent:#3a4cc9;--on-accent:#fff;--accent-soft:#eceefc;--good:#176f31;--good-soft:#e7f5eb;--warn:#865400;--warn-soft:#fcf3df;--bad:#b42318;--bad-soft:#fdeeec;--mark:#57606a}
@media(prefers-color-scheme:dark){:root{--text:#e6eaf0;--quiet:#9aa4b0;--back:#0e1116;--panel:#161b22;--sunken:#11161c;--edge:#2b323c;--line:#707a86;--shade:#0006;
--accent:#a9b6ff;--on-accent:#10152e;--accent-soft:#1f2544;--good:#56c975;--good-soft:#12281b;--warn:#e6b450;--warn-soft:#2c2410;--bad:#ff8a80;--bad-soft:#351b19;--mark:#9aa4b0}}
.good{--mark:var(--good);--soft:var(--good-soft)}.warn{--mark:var(--warn);--soft:var(--warn-soft)}.bad{--mark:var(--bad);--soft:var(--bad-soft)}
body{margin:0;font:1rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;color:var(--text);background:var(--back);-webkit-text-size-adjust:100%}
`;
