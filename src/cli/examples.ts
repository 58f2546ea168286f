export type Example = readonly [line: string, what: string];

/** Command lines to copy, by command: `help` shows them, and so does the manual page. */
export const EXAMPLES: Readonly<Record<string, readonly Example[]>> = {
  "": [
    [
      "memoferry check --env-file memoferry.env",
      "looks at the settings and at all that they name, and starts nothing",
    ],
    ["memoferry --env-file memoferry.env", "runs the bot"],
  ],
  serve: [["memoferry serve --env-file /etc/memoferry.env", "runs the bot with the settings of that file"]],
  check: [
    ["memoferry check", "a line for each thing; what is wrong says how to mend it"],
    [
      `memoferry check --json | jq -r '.[] | select(.status == "fail").detail'`,
      "only what is wrong, for a script",
    ],
  ],
  healthcheck: [["memoferry healthcheck || echo down", "for a container or a cron job"]],
  bind: [
    ["memoferry bind 123456789", "asks for the access token, which is not shown"],
    ["memoferry bind 123456789 --token-file alice.token", "reads it from a file"],
    ["pass memos/alice | memoferry bind 123456789", "reads it from another program"],
  ],
  bindings: [
    ["memoferry bindings", "who is bound to which account"],
    ["memoferry bindings --move", "after Memos was given another address, with memoferry stopped"],
  ],
  unbind: [["memoferry unbind 123456789", "ends it for this person"]],
  chats: [["memoferry chats", "groups and channels, with their ids, and whose memos are made of them"]],
  "bind-chat": [
    ["memoferry bind-chat -1001234567890 123456789", "saves the posts of a channel for somebody"],
  ],
  "unbind-chat": [["memoferry unbind-chat -1001234567890", "saves no more of them"]],
  invite: [
    ["memoferry invite", "prints a link for somebody with a Memos account"],
    ["memoferry invite --account-of 123456789", "prints a link into the account of who is bound already"],
  ],
  token: [["memoferry help token add", "tells about one of its commands"]],
  "token add": [
    ["memoferry token add grafana --scope metrics", "prints a token that opens /metrics, this once"],
    ["memoferry token add shortcuts --scope capture --for 123456789", "one that makes memos of this person"],
  ],
  "token list": [["memoferry token list", "which there are, and when each was last used"]],
  "token revoke": [["memoferry token revoke grafana", "takes it back at once"]],
  import: [["memoferry help import telegram", "tells about one of its commands"]],
  "import memogram": [
    ["memoferry import memogram data.txt", "binds everybody in Memogram's file, and says who could not be"],
  ],
  "import telegram": [
    ["memoferry import telegram ChatExport_2026-11-30 --dry-run", "only counts what there is"],
    ["memoferry import telegram ChatExport_2026-11-30 --from 2024", "makes memos of what is not older"],
    ['memoferry import telegram DataExport --chat "Saved Messages"', "one chat of a whole account"],
  ],
  updates: [
    ["memoferry updates", "what waits and what failed, and why"],
    [
      "memoferry updates --state dead --json | jq -r '.items[].update_id'",
      "ids of dead letters, for a script",
    ],
  ],
  retry: [
    ["memoferry retry 910000042", "tries this one again"],
    ["memoferry retry --all", "tries all dead letters again, such as after Memos was mended"],
  ],
  webhook: [
    ["memoferry webhook", "prints the command to run where Telegram can be called"],
    ["memoferry webhook --memos", "prints the address for a webhook of Memos"],
  ],
  backup: [
    ['memoferry backup "memoferry-$(date +%F).db"', "a copy for each day, with its checksum beside it"],
    ["sha256sum -c memoferry-2026-11-30.db.sha256", "whether a copy is still what it was"],
  ],
  restore: [
    ["memoferry restore memoferry-2026-11-30.db", "where there is no database yet, such as on a new machine"],
    ["memoferry restore memoferry-2026-11-30.db --force", "replaces the one that is there, and keeps it"],
  ],
  "forget-tokens": [["memoferry forget-tokens", "goes on without the old key, with memoferry stopped"]],
  install: [
    ["sudo ./memoferry install", "asks for the bot token and the address of Memos, and starts the service"],
    ["sudo ./memoferry install --dry-run", "only says what it would do"],
  ],
  uninstall: [["sudo memoferry uninstall", "stops the service and removes it; settings and data stay"]],
  completion: [
    [
      "memoferry completion bash > ~/.local/share/bash-completion/completions/memoferry",
      "for bash, from the next shell on",
    ],
    ["memoferry completion zsh > /usr/local/share/zsh/site-functions/_memoferry", "for zsh, for all users"],
    ["memoferry completion fish > ~/.config/fish/completions/memoferry.fish", "for fish"],
  ],
  version: [["memoferry version", "what to name when you report a fault"]],
  help: [
    ["memoferry help", "lists the commands"],
    ["memoferry help bind", "tells about one of them"],
  ],
};
