// What is not cut yet of a content, without the indentation of the list items that it is cut out of.

/** The indentation of a line is read at once. In UTF-16 units. */
const LEAST_READ = 64;

export function createSource(content: string) {
  let read = "";
  /** Where what is not read yet begins. */
  let at = 0;
  let dedent = createDedent(0);
  return {
    /** The next `length` UTF-16 units and a few more, or all that is left. */
    read(length: number): string {
      while (read.length < length && at < content.length) {
        const newline = content.indexOf("\n", at);
        const end = Math.min(
          newline < 0 ? content.length : newline + 1,
          at + length - read.length + LEAST_READ,
        );
        const isStart = at === 0 || content[at - 1] === "\n";
        const piece = content.slice(at, end);
        read += isStart ? dedent.take(piece) : piece;
        at = end;
      }
      return read;
    },
    /** Goes on at `offset` of what was read last; the lines below stand so many columns farther left. */
    skip(offset: number, columns: number): void {
      const [first = "", ...lines] = read.slice(offset).split(/(?<=\n)/u);
      const next = createDedent(columns);
      next.begin(first);
      read = first + lines.map((line) => next.take(line)).join("");
      dedent = createDedent(dedent.columns() + next.columns());
    },
  };
}

function createDedent(most: number) {
  let columns = most;
  let endsFolded = false;
  const begin = (line: string) => {
    endsFolded = columns > 0 && /^(?: {0,3}> ?)*<\/details>/iu.test(line);
  };
  return {
    columns: () => columns,
    begin,
    take(line: string): string {
      if (columns === 0) return line;
      const [prefix = ""] = /^(?: {0,3}> ?)*/u.exec(line) ?? [];
      const rest = line.slice(prefix.length);
      const text = rest.trimStart();
      if (text === "") {
        endsFolded = false;
        return line;
      }
      // As the lists go on the lines stand farther left, and then what is below them is theirs.
      const indent = rest.slice(0, rest.length - text.length);
      const isTab = indent.includes("\t");
      columns = isTab ? columns : Math.min(columns, indent.length);
      const dedented = prefix + (isTab ? text : rest.slice(columns));
      // Farther left only a blank line ends the HTML, where the end of the item did.
      const between = endsFolded ? "\n" : "";
      begin(dedented);
      return between + dedented;
    },
  };
}
