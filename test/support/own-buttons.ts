// Buttons of people's own chats: settings, accounts, and what is not saved.
import { textsIn } from "../../src/locales/texts.ts";
import {
  failures,
  guest,
  listed,
  open,
  pressed,
  type Scene,
  says,
  settings,
  unbind,
} from "./button-scenes.ts";
import type { Button } from "./buttons.ts";

async function unbindOfHost(scene: Scene) {
  await guest(scene);
  await unbind(scene);
}

async function tagged(scene: Scene) {
  const { alice, texts } = scene;
  await open("tags")(scene);
  const { id: question } = await alice.hears(texts.tagQuestion);
  alice.says("#inbox", { replyTo: question });
  await alice.hears(texts.tagsSet({ tags: "#inbox" }));
}

export const OWN_BUTTONS: Readonly<Record<string, Button>> = {
  setting: {
    reach: settings,
    label: (texts) => texts.settings.confirmation,
    after: (texts) => texts.settingsHint.confirmation,
  },
  "back to the settings": {
    reach: open("confirmation"),
    label: (texts) => texts.back,
    after: (texts) => texts.settingsHead({ name: "alice" }),
  },
  "value of a setting": {
    reach: open("confirmation"),
    label: (texts) => texts.confirmations.off,
    after: (texts) => `${texts.settings.confirmation}: ${texts.confirmations.off}`,
  },
  "no tags": {
    reach: tagged,
    label: (texts) => texts.noTags,
    after: (texts) => `${texts.settings.tags}: ${texts.none}`,
  },
  language: {
    reach: open("language"),
    label: () => "Español",
    after: () => textsIn("es").settingsHead({ name: "alice" }),
  },
  disconnect: {
    reach: unbind,
    label: (texts) => texts.unbindYes,
    after: (texts) => texts.unbound,
    bindings: [],
  },
  "stay connected": {
    reach: unbind,
    label: (texts) => texts.stayConnected,
    after: (texts) => texts.stillBound,
  },
  "disconnect with guests": {
    reach: unbindOfHost,
    label: (texts) => texts.unbindYes,
    after: (texts) => texts.unbound,
    bindings: [],
  },
  "save as memo": {
    reach: says("/frobnicate", (texts) => texts.unknownCommand({ name: "frobnicate" })),
    label: (texts) => texts.saveAsMemo,
    after: (texts) => texts.working,
    memos: () => [["/frobnicate", "PRIVATE"]],
    adds: 1,
  },
  retry: {
    reach: failures(1),
    label: (texts) => texts.retry,
    after: (texts) => new RegExp(`^(${texts.working}|${texts.alreadySettled})$`),
    memos: () => [["letter 1", "PRIVATE"]],
    adds: 1,
  },
  discard: {
    reach: failures(1),
    label: (texts) => texts.discard,
    after: (texts) => texts.discarded,
  },
  "retry in the list": {
    reach: listed,
    label: (texts) => `${texts.retry} 1`,
    after: (texts) => texts.failedNone,
    memos: () => [["letter 1", "PRIVATE"]],
    adds: 1,
  },
  "discard in the list": {
    reach: listed,
    label: (texts) => `${texts.discard} 1`,
    after: (texts) => texts.failedNone,
  },
  "retry all": {
    reach: failures(2),
    label: (texts) => texts.retryAll,
    after: (texts) => texts.failedNone,
    memos: () => [
      ["letter 1", "PRIVATE"],
      ["letter 2", "PRIVATE"],
    ],
    adds: 2,
  },
  "discard all": {
    reach: failures(2),
    label: (texts) => texts.discardAll,
    after: (texts) => texts.discardAllQuestion({ count: 2 }),
  },
  "discard all, once asked": {
    reach: pressed(
      failures(2),
      (texts) => texts.discardAll,
      (texts) => texts.discardAllQuestion({ count: 2 }),
    ),
    label: (texts) => texts.discardAll,
    after: (texts) => texts.failedNone,
  },
  "next page of the failures": {
    reach: failures(6),
    label: () => "6–6 ›",
    after: () => "6. letter 1",
  },
  "previous page of the failures": {
    reach: pressed(
      failures(6),
      () => "6–6 ›",
      () => "6. letter 1",
    ),
    label: () => "‹ 1–5",
    after: () => "1. letter 6",
  },
};
