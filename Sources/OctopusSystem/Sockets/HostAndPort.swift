/// A `HOST:PORT` of the command line, with an IPv6 address in brackets.
package struct HostAndPort: Sendable, Equatable {
  /// Empty where the text begins with the colon: a server then listens on all interfaces.
  package let host: String
  /// A server that is given 0 chooses a free port.
  package let port: UInt16

  /// Nil if the text has no port.
  package init?(_ text: String) {
    guard let colon = text.lastIndex(of: ":"),
      let port = text[text.index(after: colon)...].utf8.number(UInt16.self)
    else { return nil }
    var host = text[..<colon]
    if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
    (self.host, self.port) = (String(host), port)
  }
}
