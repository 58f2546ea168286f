import { type Html, html } from "../html.ts";
import { counted } from "./words.ts";

const WIDTH = 480;
const HEIGHT = 80;
/** So that an hour with one message can be told from one without. */
const LEAST = 3;

/** Bars for the last hours, the oldest first; the last hour is the one that runs. */
export function chart(hours: readonly number[]): Html {
  const most = Math.max(...hours, 1);
  const step = WIDTH / hours.length;
  const bars = hours.map((count, at) => {
    const height = count === 0 ? 1 : Math.max(LEAST, Math.round((count / most) * HEIGHT));
    const shape = `M${at * step + 2} ${HEIGHT}v-${height}h${step - 4}v${height}z`;
    return html`<path${count === 0 && html` class="none"`} d="${shape}"><title>${when(hours.length - 1 - at)}: ${count}</title></path>`;
  });
  const total = hours.reduce((sum, count) => sum + count, 0);
  const peak = hours.length - 1 - hours.lastIndexOf(most);
  const words = total === 0 ? "none" : `most ${when(peak).toLowerCase()}: ${most}`;
  const rows = hours
    .map((count, at) => html`<tr><th scope="row">${when(hours.length - 1 - at)}</th><td>${count}</td></tr>`)
    .reverse();
  return html`<section id="chart" aria-labelledby="chart-title">
<h2 id="chart-title" tabindex="-1">Saved in the last ${hours.length} hours</h2>
<p><strong>${counted(total, "message")}</strong></p>
<svg class="chart" viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label="Messages saved per hour; ${words}.">${bars}</svg>
<p class="axis" aria-hidden="true"><span>${hours.length - 1} h ago</span><span>most in an hour: ${total === 0 ? 0 : most}</span><span>now</span></p>
<details><summary>As a table</summary>
<table><thead><tr><th scope="col">Hour</th><th scope="col">Saved</th></tr></thead><tbody>${rows}</tbody></table>
</details>
</section>`;
}

const when = (ago: number) => (ago === 0 ? "This hour" : `${ago} h ago`);
