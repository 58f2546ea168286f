import { Argument, type Command } from "commander";
import { commandsOf, pathOf } from "./command-tree.ts";
import type { CommandLine } from "./terminal.ts";

const SHELLS = ["bash", "zsh", "fish"] as const;
type Shell = (typeof SHELLS)[number];

export function completion(program: Command, { terminal }: CommandLine): void {
  program
    .command("completion")
    .summary("prints the script by which a shell completes command lines")
    .description(
      "The script knows the commands of this version: memoferry does not run while you type, and after an upgrade the script is printed again.",
    )
    .addArgument(new Argument("<shell>", "the shell that you use").choices(SHELLS))
    .action((shell: Shell) => terminal.print(completionScript(program, shell)));
}

export function completionScript(program: Command, shell: Shell): string {
  const nodes = [program, ...commandsOf(program)].map((command) => nodeOf(program, command));
  const lines = { bash, zsh, fish }[shell](nodes);
  return lines.join("\n");
}

/** What stands behind an option, or as an argument: one of some words, a file, or what only a person knows. */
type Value = readonly string[] | "file" | null;

/** One command as all three scripts need it. */
type Node = ReturnType<typeof nodeOf>;

function nodeOf(program: Command, command: Command) {
  const names = program.commands.map((each) => each.name());
  const valueNamed = (name: string, choices: readonly string[] | undefined): Value =>
    choices ?? (/^command/.test(name) ? names : /file|path|folder|\.txt/.test(name) ? "file" : null);
  const options = [
    ...command.createHelp().visibleOptions(command),
    ...(command.parent ? program.options : []),
  ];
  const [argument] = command.registeredArguments;
  return {
    path: pathOf(command),
    subcommands: command.commands.map((each) => ({ name: each.name(), about: each.summary() })),
    options: options.map(({ long, flags, description, argChoices, required, optional }) => {
      const valueName = /[<[](.*)[\]>]/.exec(flags)?.[1] ?? "";
      const value =
        required || optional ? { name: valueName, value: valueNamed(valueName, argChoices) } : null;
      return { name: `${long}`, about: description, value };
    }),
    argument: argument
      ? { name: argument.name(), value: valueNamed(argument.name(), argument.argChoices) }
      : null,
  };
}

const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;

function bash(nodes: readonly Node[]): string[] {
  const reply = (value: Value) =>
    value === "file" ? "files=yes" : `words=${quoted(value?.join(" ") ?? "")}`;
  const valued = nodes.flatMap(({ options }) => options.filter(({ value }) => value).map(({ name }) => name));
  const steps = nodes.flatMap(({ path }) =>
    path.length > 0 ? [quoted(`${path.slice(0, -1).join(" ")} ${path.at(-1)}`)] : [],
  );
  const cases = nodes.flatMap(({ path, subcommands, options, argument }) => [
    `    ${quoted(path.join(" "))})`,
    "      case $prev in",
    ...options.flatMap(({ name, value }) => (value ? [`        ${name}) ${reply(value.value)} ;;`] : [])),
    `        *) if [[ $cur == -* ]]; then ${reply(options.map(({ name }) => name))}`,
    `           else ${reply(subcommands.length > 0 ? subcommands.map(({ name }) => name) : (argument?.value ?? null))}; fi ;;`,
    "      esac ;;",
  ]);
  return [
    `# bash: source it, or put it into /usr/share/bash-completion/completions/memoferry
_memoferry() {
  local IFS=$' \\t\\n' cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} command= words= files= i word
  # Bash cuts --name=value in three.
  if [[ $cur == = ]]; then cur=; elif [[ $prev == = ]]; then prev=\${COMP_WORDS[COMP_CWORD-2]}; fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    case $word in ${[...new Set(valued)].join("|")}) ((i++)); continue ;; esac
    case "$command $word" in
      ${steps.join("|")}) command="\${command:+$command }$word" ;;
    esac
  done
  case $command in`,
    ...cases,
    `  esac
  IFS=$'\\n'
  if [[ $files ]]; then compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$cur"))
  else COMPREPLY=($(IFS=' '; compgen -W "$words" -- "$cur")); fi
}
complete -F _memoferry memoferry`,
  ];
}

function zsh(nodes: readonly Node[]): string[] {
  const escaped = (text: string) => text.replace(/[[\]:\\]/g, "\\$&");
  const action = (value: Value) => (value === "file" ? "_files" : value ? `(${value.join(" ")})` : "");
  const functions = nodes.flatMap(({ path, subcommands, options, argument }) => {
    const name = ["_memoferry", ...path].join("_").replaceAll("-", "_");
    const specs = options.map(({ name, about, value }) => {
      const end = value ? `:${escaped(value.name)}:${action(value.value)}` : "";
      return quoted(`${name}[${escaped(about)}]${end}`);
    });
    if (subcommands.length === 0) {
      const first = argument ? [quoted(`1:${escaped(argument.name)}:${action(argument.value)}`)] : [];
      return [`${name}() {`, `  _arguments ${[...specs, ...first].join(" \\\n    ")}`, "}"];
    }
    return [
      `${name}() {`,
      "  local curcontext=$curcontext state line commands",
      "  typeset -A opt_args",
      `  _arguments -C ${[...specs, "'1: :->command'", "'*:: :->rest'"].join(" \\\n    ")}`,
      "  case $state in",
      "    command)",
      `      commands=(${subcommands.map(({ name, about }) => quoted(`${name}:${about}`)).join(" \\\n        ")})`,
      "      _describe -t commands command commands ;;",
      `    rest) (( $+functions[${name}_\${words[1]//-/_}] )) && ${name}_\${words[1]//-/_} ;;`,
      "  esac",
      "}",
    ];
  });
  return [
    "#compdef memoferry",
    "# zsh: put it into a folder of $fpath as _memoferry",
    ...functions,
    `if [[ $funcstack[1] == _memoferry ]]; then _memoferry "$@"; else compdef _memoferry memoferry; fi`,
  ];
}

function fish(nodes: readonly Node[]): string[] {
  const words = (value: readonly string[]) => `-a ${quoted(value.join(" "))}`;
  const behind = (value: Value) => (value === "file" ? "-r -F" : value ? `-x ${words(value)}` : "-x");
  const lines = nodes.flatMap(({ path, subcommands, options, argument }) => {
    const names = subcommands.map(({ name }) => name);
    const at = [
      ...path.map((name) => `__fish_seen_subcommand_from ${name}`),
      ...(names.length > 0 ? [`not __fish_seen_subcommand_from ${names.join(" ")}`] : []),
    ].join("; and ");
    const complete = `complete -c memoferry -n ${quoted(at)}`;
    return [
      ...subcommands.map(({ name, about }) => `${complete} -a ${name} -d ${quoted(about)}`),
      ...options.map(
        ({ name, about, value }) =>
          `${complete} -l ${name.slice(2)} -d ${quoted(about)}${value ? ` ${behind(value.value)}` : ""}`,
      ),
      ...(argument?.value ? [`${complete} ${argument.value === "file" ? "-F" : words(argument.value)}`] : []),
    ];
  });
  return [
    "# fish: put it into ~/.config/fish/completions/memoferry.fish",
    "complete -c memoferry -f",
    ...lines,
  ];
}
