// <script async src="https://API/t.js" data-key="tsk_write_…"></script>
(() => {
	const { src, dataset } = document.currentScript, api = src.replace(/\/t\.js.*/, "/v1/");
	const ask = dataset.consent == "ask", objects = navigator.globalPrivacyControl;
	let kept = {}, queue = [], timer, busy, wait = 500, last = 0, seen;

	// Without storage, a visitor lasts a page.
	try {
		if (!objects) kept = localStorage || kept;
	} catch {}
	const id = () => [...crypto.getRandomValues(new Uint8Array(16))].map((it) => it.toString(16).padStart(2, 0)).join("");
	const allowed = () => !objects && (kept.tesseraConsent || (ask ? "no" : "yes")) == "yes";
	const visitor = () => (kept.tesseraVisitor ||= id());
	// One order within a millisecond.
	const now = () => new Date((last = Math.max(last + 1, Date.now()))).toISOString();
	const cut = (text) => (text || "").trim().slice(0, 200);
	// Text goes elsewhere without a preflight.
	const text = (body) => JSON.stringify({ key: dataset.key, ...body });
	const batch = (events) => text({ sent_at: now(), events });
	const post = (path, body) => fetch(api + path, { method: "POST", keepalive: true, body }).then((it) => it.status, () => 599);

	// A browser takes 64 KiB at most of what a page leaves behind.
	const some = (n = 20, it = queue.slice(0, n)) => (n > 1 && batch(it).length > 2e4 ? some(n - 1) : it);
	const later = () => (timer ||= setTimeout(flush, wait));
	const flush = async () => {
		timer = 0;
		if (busy || !queue[0]) return;
		busy = some();
		const status = await post("events/batch", batch(busy)), again = status == 429 || status > 499;
		if (!again) queue = queue.filter((it) => !busy.includes(it));
		wait = again ? Math.min(wait * 2, 6e4) : 500;
		busy = 0;
		if (queue[0]) later();
	};
	const leave = () => {
		for (let it; queue[0] && navigator.sendBeacon(api + "events/batch", batch((it = some()))); ) queue = queue.slice(it.length);
	};

	const track = (event, properties) => {
		if (!allowed() || queue.length > 499) return;
		queue.push({ message_id: id(), event, timestamp: now(), anonymous_id: visitor(), user_id: kept.tesseraUser, properties });
		later();
	};
	const page = () => {
		const { origin, pathname, search } = location, at = pathname + search;
		if (seen == at || !allowed()) return;
		const referrer = seen ? origin : document.referrer.split(/[?#]/)[0] || undefined;
		seen = at;
		// What campaigns put there.
		const query = [...new URLSearchParams(search)].filter(([it]) => /^utm_|clid$|^([gw]braid|epik|li_fat_id|rdt_cid|sccid)$/.test(it));
		track("page_viewed", {
			path: pathname,
			url: origin + pathname + "?" + new URLSearchParams(query),
			title: cut(document.title),
			referrer,
			user_agent: navigator.userAgent,
		});
	};
	// What it is called, never what was typed.
	const name = (it) => cut(["data-name", "id", "name", "aria-label"].map((of) => it.getAttribute(of)).find(Boolean));
	const act = (event, name) => track(event, { name, path: location.pathname });
	const on = (event, act) => addEventListener(event, act, true);

	on("click", ({ target }) => {
		const it = target.closest?.("button,a,[role=button],[type=button],[type=submit]");
		if (it) act("button_clicked", name(it) || cut(it.textContent));
	});
	on("submit", ({ target }) => act("form_submitted", name(target)));
	for (const it of ["pushState", "replaceState"]) {
		const before = history[it];
		history[it] = function () {
			before.apply(this, arguments);
			page();
		};
	}
	on("popstate", page);
	on("pagehide", leave);
	on("visibilitychange", () => document.hidden && leave());

	window.tessera = {
		track,
		identify(user_id, traits) {
			if (!allowed()) return;
			kept.tesseraUser = user_id;
			return post("identify", text({ anonymous_id: visitor(), user_id, traits }));
		},
		consent(given) {
			if (given || !ask) kept.tesseraConsent = given ? "yes" : "no";
			if (given) return page();
			queue = [];
			for (const it of ["Visitor", "User", ask && "Consent"]) delete kept["tessera" + it];
		},
	};
	document.prerendering ? document.addEventListener("prerenderingchange", page) : page();
})();
