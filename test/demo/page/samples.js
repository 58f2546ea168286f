// Things to try, each sent by one press.
import { landscape } from "./photos.js";

export function samplesFor({ isBound, bindToken }) {
  return isBound ? ofTheBound : ofAStranger(bindToken);
}

const ofTheBound = [
  { label: "Formatted", make: () => formattedText() },
  { label: "Markdown", make: () => ({ text: TYPED, entities: [] }) },
  {
    label: "Photo",
    make: async () => ({
      ...written("From the ridge, just before the rain. ", ["hashtag", "#hiking"]),
      photos: [["photo.jpg", await landscape()]],
    }),
  },
  {
    label: "Album of 4",
    make: async () => ({
      ...written("Four days, four valleys ", ["hashtag", "#hiking"], " ", ["bold", "(the long way round)"]),
      photos: await Promise.all(
        ["1.jpg", "2.jpg", "3.jpg", "4.jpg"].map(async (name) => [name, await landscape()]),
      ),
    }),
  },
  {
    label: "Document",
    make: () => ({
      text: "",
      entities: [],
      documents: [["packing list.csv", new Blob([CSV], { type: "text/csv" })]],
    }),
  },
  { label: "Voice", play: "voice" },
  { label: "Place", play: "place" },
  { label: "Forward", play: "forward" },
  { label: "/help", make: () => written(["bot_command", "/help"]) },
];

function ofAStranger(bindToken) {
  const samples = [
    { label: "Hello", make: () => ({ text: "Hello, who are you?", entities: [] }) },
    { label: "/start", make: () => written(["bot_command", "/start"]) },
    { label: "/id", make: () => written(["bot_command", "/id"]) },
  ];
  if (!bindToken) return samples;
  const bind = {
    label: "/bind with Sam's access token",
    make: () => written(["bot_command", "/bind"], ` ${bindToken}`),
  };
  return [...samples, bind];
}

const TYPED = `# Saturday
- [x] buy bread
- [ ] write to **Mum** about #family
- [ ] 3 litres of milk, not 2

> what is typed as Markdown stays Markdown`;

const CSV = "thing,pieces\ntent,1\nsocks,4\nmap,1\n";

function formattedText() {
  return written(
    ["bold", "Soup for a rainy day"],
    "\nTake ",
    ["italic", "three"],
    " onions, ",
    ["underline", "not"],
    " ",
    ["strikethrough", "two"],
    ", and read ",
    ["text_link", "how to cut them", { url: "https://en.wikipedia.org/wiki/Onion" }],
    ".\n",
    ["blockquote", "Patience is the first spice."],
    "\n",
    ["pre", "onions = 3\nwhile not soft(onions):\n    stir()", { language: "python" }],
    "\n",
    ["spoiler", "The secret is a spoon of miso."],
    "\n",
    ["hashtag", "#recipes"],
    " 🍲",
  );
}

/** A text from its parts: plain ones, and `[type, text, more fields]`. */
function written(...parts) {
  let text = "";
  const entities = [];
  for (const part of parts) {
    if (typeof part === "string") {
      text += part;
      continue;
    }
    const [type, content, more] = part;
    entities.push({ type, offset: text.length, length: content.length, ...more });
    text += content;
  }
  return { text, entities };
}
