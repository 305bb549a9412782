import OctopusCollections
import OctopusRecords
import RESP

extension ParsedCommand {
  /// Collects the names of the records that the next requests in `input` read or write, and returns
  /// the number of requests that it has read.
  ///
  /// A guess, for prefetching: it knows four commands, and stops when the first request has no
  /// name, since the next ones then hardly have one.
  package static func peek(
    _ input: UnsafeRawBufferPointer, most: Int, _ names: inout [NameHash]
  ) -> Int {
    RequestDecoder.peek(input, most: most) { command, argument in
      if let argument, Keyword.beforeNames.contains(Keyword(command)) {
        let name = argument.prefix { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "{") }
        names.append(NameHash(Bytes(UnsafeRawBufferPointer(rebasing: name))))
      }
      return !names.isEmpty
    }
  }
}

extension Keyword {
  /// The commands whose first argument begins with a record's name.
  fileprivate static let beforeNames: [Keyword] = ["GET", "SET", "UPDATE", "DEL"]
}
