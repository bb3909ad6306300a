// Finds and starts Chromium, and keeps what a page did wrong.
import { existsSync } from "node:fs";
import { chromium } from "playwright-core";

const COMMON_PATHS = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/snap/bin/chromium",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** The Chromium of the environment variable CHROMIUM, else of a common path; throws when there is none. */
export function findChromium(environment) {
  const candidates = environment.CHROMIUM ? [environment.CHROMIUM] : COMMON_PATHS;
  const found = candidates.find((path) => existsSync(path));
  if (found) return found;
  throw new Error(`no Chromium at ${candidates.join(", ")}: install it, or set CHROMIUM to its path`);
}

/** Playwright gives every launch a fresh profile folder of its own and removes it. */
export function launchChromium(executablePath) {
  return chromium.launch({ executablePath, headless: true, args: FLAGS });
}

/**
 * Lists, as they happen, console errors, script errors, failed requests and requests that leave the origin.
 * A request that `mayEnd` may be ended by the page itself, as a stream is when nobody looks any more.
 */
export function watchFaults(page, origin, mayEnd = () => false) {
  const faults = [];
  const isLocal = (address) => /^(data|blob):/.test(address) || new URL(address).host === new URL(origin).host;
  page.on("pageerror", (error) => faults.push(`script error: ${error.message}`));
  page.on("console", (message) => message.type() === "error" && faults.push(`console error: ${message.text()}`));
  page.on("request", (request) => isLocal(request.url()) || faults.push(`foreign request: ${request.url()}`));
  page.on("websocket", (socket) => isLocal(socket.url()) || faults.push(`foreign socket: ${socket.url()}`));
  page.on("requestfailed", (request) => {
    const reason = request.failure()?.errorText;
    if (reason === "net::ERR_ABORTED" && mayEnd(request)) return;
    faults.push(`failed request: ${request.url()} (${reason}) ${request.postData()?.slice(0, 60) ?? ""}`.trim());
  });
  page.on("response", (answer) => answer.status() >= 400 && faults.push(`HTTP ${answer.status()}: ${answer.url()}`));
  return faults;
}
