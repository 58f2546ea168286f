import { type Html, html } from "../html.ts";
import { bindForm } from "./forms.ts";
import { qrCode } from "./qr.ts";
import type { View } from "./view.ts";

/** The way to a first binding: three steps, each with its own mend. */
export function guide({ status: { bot, telegram, memos } }: View): Html {
  const isReceiving = telegram.reachable === true && bot !== null;
  return html`<section id="guide" aria-labelledby="guide-title">
<h2 id="guide-title" tabindex="-1">Three steps to your first memo</h2>
<ol class="steps">
${step("Reach the bot", isReceiving ? true : telegram.reachable === null ? null : false, {
  done: html`<p>Messages to <strong>@${bot?.username}</strong> come in.</p>`,
  asking: "Telegram is being asked …",
  trouble: telegram.detail,
  mends: [
    html`A token that Telegram refuses: @BotFather shows the right one; put it into <code>BOT_TOKEN</code> and restart.`,
    html`Telegram cannot be reached from here: check the network; where it is blocked, set <code>TELEGRAM_PROXY</code> or <code>TELEGRAM_API_URL</code>.`,
    html`Another program uses the bot: stop that one, or ask @BotFather for another bot.`,
  ],
})}
${step("Reach Memos", memos.reachable, {
  done: html`<p>Memos ${memos.version} answers at <code>${memos.url}</code>.</p>`,
  asking: "Memos is being asked …",
  trouble: memos.detail,
  mends: [
    html`Open <code>${memos.url}</code> on this machine: it has to show Memos. If its address is another one, set <code>MEMOS_URL</code> and restart.`,
    html`In a container <code>localhost</code> is the container itself: use the name of the other one, or of the host.`,
    html`A sign-in page before Memos has to let memoferry through: see <code>MEMOS_HEADERS</code>.`,
  ],
})}
${isReceiving && bot ? bind(bot.username) : html`<li class="step"><h3>Connect your account</h3><p>Once the bot is reached.</p></li>`}
</ol>
<p class="quiet">This page follows by itself. <code>memoferry check</code> looks at everything, line by line.</p>
</section>`;
}

function step(
  title: string,
  isDone: boolean | null,
  say: { done: Html; asking: string; trouble: string | null; mends: Html[] },
): Html {
  if (isDone === true)
    return html`<li class="step good"><h3>${title} <span class="mark">Done</span></h3>${say.done}</li>`;
  if (isDone === null) return html`<li class="step"><h3>${title}</h3><p>${say.asking}</p></li>`;
  return html`<li class="step bad"><h3>${title} <span class="mark">Not yet</span></h3><p><strong>${say.trouble}</strong></p>
<ul>${say.mends.map((mend) => html`<li>${mend}</li>`)}</ul></li>`;
}

function bind(username: string): Html {
  const link = `https://t.me/${username}`;
  return html`<li class="step now"><h3>Connect your account</h3>
<div class="beside"><div>
<p>Open <a href="${link}">${link}</a>, or point the camera of your phone at the code.</p>
<p>Make an access token in Memos, in Settings › Access Tokens (before 0.30 in Settings › My Account), and send it to the bot:</p>
<p><code>/bind memos_pat_…</code></p></div>
${qrCode(link)}</div>
<details><summary>Without the chat</summary>
<p>The bot tells your Telegram id when you send it <code>/id</code>.</p>
${bindForm(null)}</details></li>`;
}
