/** Reads Server-Sent Events from text in any pieces, and passes each complete message on. */
export class MessageParser {
  private rest = "";
  private id: string | undefined;
  private data: string[] = [];

  constructor(private message: (id: string | undefined, data: string) => void) {}

  push(text: string) {
    const lines = (this.rest + text).split("\n");
    this.rest = lines.pop() ?? "";
    for (const line of lines) this.readLine(line.endsWith("\r") ? line.slice(0, -1) : line);
  }

  private readLine(line: string) {
    if (line === "") {
      if (this.data.length > 0) this.message(this.id, this.data.join("\n"));
      this.data = [];
      return;
    }
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "data") this.data.push(value);
    if (field === "id") this.id = value;
  }
}
