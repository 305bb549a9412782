/// A command that took long, as SLOWLOG GET shows it. The server keeps them.
package struct SlowLogEntry: Sendable {
  package var id: Int64
  package var unixSeconds: Int64
  package var microseconds: Int64
  /// Shortened as `SlowLogEntry.shorten` does.
  package var arguments: [[UInt8]]
  package var clientAddress: String
  package var clientName: [UInt8]

  package init(
    id: Int64, unixSeconds: Int64, microseconds: Int64, arguments: [[UInt8]],
    clientAddress: String, clientName: [UInt8]
  ) {
    self.id = id
    self.unixSeconds = unixSeconds
    self.microseconds = microseconds
    self.arguments = arguments
    self.clientAddress = clientAddress
    self.clientName = clientName
  }
}
