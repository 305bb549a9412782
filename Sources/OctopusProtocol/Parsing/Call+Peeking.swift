import OctopusCollections
import OctopusRecords
import RESP

extension Call {
  /// Gathers the names of the records that the next requests in `input` read or write, as far as
  /// that shows at a glance, and answers at how many requests it looked. A guess, to have memory
  /// fetched: where the first has no name the next hardly do, and are not looked at.
  package static func peek(
    _ input: UnsafeRawBufferPointer, most: Int, _ names: inout [NameHash]
  ) -> Int {
    RequestDecoder.peek(input, most: most) { command, argument in
      if let argument, Word.ofNames.contains(Word(command)) {
        let name = argument.prefix { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "{") }
        names.append(NameHash(Bytes(UnsafeRawBufferPointer(rebasing: name))))
      }
      return !names.isEmpty
    }
  }
}

extension Word {
  /// The commands whose first argument begins with a record's name.
  fileprivate static let ofNames: [Word] = ["GET", "SET", "UPDATE", "DEL"]
}
