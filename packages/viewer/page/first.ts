import { applyTheme } from './base/theme.js';

// Before anything is drawn: a dark room stays dark.
applyTheme();

// The document is there and what makes it work is not: nobody else can tell.
window.addEventListener(
  'error',
  (event) => {
    if (!(event.target instanceof HTMLScriptElement)) return;
    const alarm = document.getElementById('alarm');
    if (!alarm) return;
    alarm.hidden = false;
    alarm.textContent = `A part of this page could not be loaded (${new URL(event.target.src).pathname}). Load the page again.`;
  },
  true,
);
