/** Text in which each URL ends after its host: keys of providers stand in path and query, passwords before the host. */
export function redactUrls(text: string): string {
  return text.replace(urls, '$1://$2')
}

// A URL ends before white space, quotation marks and what closes a bracket around it; JSON stays JSON.
const urls = /\b(https?|wss?):\/\/(?:[^\s"'\\/?#<>]*@)?([^\s"'\\/?#<>(),;]*)[^\s"'\\<>),;]*/gi
