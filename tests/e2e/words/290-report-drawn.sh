#!/bin/bash
# SPDX-License-Identifier: MIT
# vxe report in a browser: each VM, snapshot and schedule is drawn, on a telephone and a wide screen, light and dark.
. "$TESTS/lib/e2e.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/disks.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/memory.sh"
# shellcheck source-path=SCRIPTDIR
. "$TESTS/lib/report.sh"

command -v chromedriver >/dev/null || skip_all 'no browser: make check-all installs one'

# Says for each text of the list whether an element with it is drawn, and what the page as a whole looks like.
read -r -d '' SCRIPT <<'JS' || :
const texts = arguments[0], drawn = {};
const seen = (e) => { const r = e.getBoundingClientRect(); return r.width > 0 && r.height > 0 && r.left >= 0; };
for (const t of texts)
  drawn[t] = [...document.querySelectorAll('a, h3, li, td')].some((e) => e.textContent.includes(t) && seen(e));
return { missing: texts.filter((t) => !drawn[t]), circles: [...document.querySelectorAll('circle')].filter(seen).length,
  fits: document.documentElement.scrollWidth <= window.innerWidth, width: window.innerWidth,
  paper: getComputedStyle(document.body).backgroundColor, ink: getComputedStyle(document.body).color };
JS

# Sends a request to the driver; $1 is the path, $2 the body.
ask() { curl -s -m 60 -H 'Content-Type: application/json' -d "$2" "http://127.0.0.1:$PORT$1"; }

# Opens the page at a width and in a colour scheme (0: dark, 1: light); the answer of the script is $ANSWER.
draw() {
	local session options

	options=$(jq -cn --arg dir "$PWD/profile-$1-$2" --arg scheme "$2" --argjson width "$1" '{capabilities: {alwaysMatch: {
		"goog:chromeOptions": {args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
			"--disable-background-networking", "--disable-component-update", "--disable-sync",
			"--user-data-dir=\($dir)", "--blink-settings=preferredColorScheme=\($scheme)"],
		mobileEmulation: {deviceMetrics: {width: $width, height: 900, pixelRatio: 1, touch: false}}}}}}')
	session=$(ask /session "$options" | jq -r .value.sessionId)
	ask "/session/$session/url" "$(jq -cn --arg url "file://$PWD/page.html" '{url: $url}')" >/dev/null
	ANSWER=$(ask "/session/$session/execute/sync" "$(jq -cn --arg script "$SCRIPT" '{script: $script, args: [$ARGS.positional]}' \
		--args "${SNAPSHOTS[@]}" web "$other" nightly)" | jq -c .value)
	test -z "${VXE_PICTURES-}" || curl -s -m 60 "http://127.0.0.1:$PORT/session/$session/screenshot" |
		jq -r .value | base64 -d >"$VXE_PICTURES/report-$1-$2.png"
	curl -s -m 60 -X DELETE "http://127.0.0.1:$PORT/session/$session" >/dev/null
}

# For `make pictures`, which asks for the picture of the README, the VM has a name as in life.
other='<b>db & "co"'
test -z "${VXE_PICTURES-}" || other=db
report_world "$other"
vxe report >page.html
chromedriver --port=0 >driver.log 2>&1 &
driver=$!
for ((i = 0; i < 100; i++)); do
	PORT=$(sed -n 's/.*started successfully on port \([0-9]*\).*/\1/p' driver.log)
	test -z "$PORT" || break
	sleep 0.1
done
ok 'the driver of the browser runs' test -n "$PORT"
for width in 390 1280; do
	for scheme in 0 1; do
		name="$width columns, $(test "$scheme" = 0 && echo dark || echo light)"
		draw "$width" "$scheme"
		is "$name: nothing is missing" "$(jq -c .missing <<<"$ANSWER")" '[]'
		is "$name: the tree is drawn" "$(jq .circles <<<"$ANSWER")" $((${#SNAPSHOTS[@]} + 1))
		is "$name: nothing is wider than the page" "$(jq .fits <<<"$ANSWER")" true
		is "$name: the width" "$(jq .width <<<"$ANSWER")" "$width"
		is "$name: the colours" "$(jq -r '.paper + " " + .ink' <<<"$ANSWER")" \
			"$(test "$scheme" = 0 && echo 'rgb(17, 17, 19) rgb(237, 238, 240)' || echo 'rgb(252, 252, 253) rgb(28, 32, 36)')"
	done
done
kill "$driver"
wait "$driver" || :
