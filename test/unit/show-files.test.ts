import { afterEach, describe, expect, test } from "bun:test";
import { createBackground } from "../../src/base/background.ts";
import { Secret } from "../../src/base/secret.ts";
import type { Asker, ChatContext } from "../../src/chat/context.ts";
import { createFileSending } from "../../src/chat/lists/show.ts";
import { createPace } from "../../src/delivery/pace.ts";
import { chatAlone } from "../../src/domain/outgoing.ts";
import { textsIn } from "../../src/locales/texts.ts";
import type { Attachment } from "../../src/memos/client.ts";
import { TelegramError } from "../../src/telegram/errors.ts";
import { createFakeClock } from "../support/clock.ts";
import { keptLog } from "../support/store.ts";

const PERSON = 7;

const file = (n: number) =>
  ({ name: `attachments/${n}`, filename: `${n}.bin`, type: "application/zip", size: 1 }) as Attachment;

let stop: (() => Promise<void>) | undefined;
afterEach(() => stop?.());

function sending(answers: (TelegramError | undefined)[] = []) {
  const clock = createFakeClock();
  const begun = clock.monotonic();
  const pace = createPace(clock);
  const sent: [number, string][] = [];
  const background = createBackground({ clock, log: keptLog() });
  const sendFiles = createFileSending({
    memos: { download: async function* () {} },
    api: {
      async upload(_method: string, _to: unknown, { name }: { name: string }) {
        sent.push([clock.monotonic() - begun, name]);
        const answer = answers.shift();
        if (answer) throw answer;
        return { message_id: sent.length };
      },
    },
    outbox: { owe: () => undefined, showed: () => undefined },
    pace,
    background,
    clock,
  } as unknown as ChatContext);
  stop = async () => {
    const stopped = background.stop();
    await clock.advance(600_000);
    await stopped;
  };
  const send = (chat_id: number, count: number) =>
    sendFiles(
      { token: new Secret("t"), to: chatAlone(chat_id), job_id: 1, texts: textsIn("en") } as Asker,
      { memo_name: "memos/x", account_key: 1 },
      Array.from({ length: count }, (_, n) => file(n)),
    );
  return { clock, pace, sent, send };
}

describe("the files of a memo", () => {
  test("keep the pace of the chat, together with all else that is sent there", async () => {
    const { clock, pace, sent, send } = sending();
    // The burst that Telegram takes is used up.
    while (pace.restsMs(PERSON, true) === 0) pace.called(PERSON);
    send(PERSON, 2);
    await clock.advance(999);
    expect(sent).toEqual([]);
    await clock.advance(1);
    expect(sent).toEqual([[1_000, "0.bin"]]);
    expect(pace.restsMs(PERSON, true)).toBe(1_000);
    // Something else goes out between them.
    await clock.advance(500);
    pace.called(PERSON);
    await clock.advance(2_000);
    expect(sent.map(([at]) => at)).toEqual([1_000, 3_000]);
  });

  test("rest as long as Telegram asks for, and so does all else in the chat", async () => {
    const { clock, pace, sent, send } = sending([
      new TelegramError("throttled", "Too Many Requests", { retryAfterMs: 30_000 }),
    ]);
    send(PERSON, 1);
    await clock.advance(1_000);
    expect(pace.restsMs(PERSON)).toBe(29_000);
    await clock.advance(29_000);
    expect(sent.map(([at]) => at)).toEqual([0, 30_000]);
  });
});
