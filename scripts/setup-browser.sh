#!/bin/sh
# Gets what the browser tests need, where that can be had: Chromium, playwright-core and axe-core. Without them
# these tests say that they were skipped, and why; nothing else depends on this script.
set -u
here=$(dirname "$0")/../tests/web

if ! command -v chromium >/dev/null 2>&1 && ! command -v chromium-browser >/dev/null 2>&1; then
    if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" -eq 0 ]; then
        echo "installing Chromium for the browser tests ..."
        { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium; } \
            >/dev/null 2>&1 || echo "browser tests: Chromium could not be installed; they will be skipped"
    else
        echo "browser tests: no Chromium (Debian: apt-get install chromium); they will be skipped"
    fi
fi

if [ ! -d "$here/node_modules/playwright-core" ] || [ ! -d "$here/node_modules/axe-core" ]; then
    if command -v npm >/dev/null 2>&1; then
        (cd "$here" && npm install --silent --no-save --no-package-lock --no-audit --no-fund --ignore-scripts >/dev/null 2>&1) ||
            echo "browser tests: playwright-core and axe-core could not be installed; they will be skipped"
    else
        echo "browser tests: no npm; they will be skipped"
    fi
fi
exit 0
