import OctopusRecords
import OctopusStore
import RESP

extension Call {
  /// Gathers the names of the records that the next requests in `input` read or write, as far as that
  /// shows at a glance, and answers at how many requests it looked. A guess, to have memory fetched.
  package static func peek(
    _ input: UnsafeRawBufferPointer, most: Int, _ names: inout [NameHash]
  ) -> Int {
    RequestDecoder.peek(input, most: most) { command, argument in
      guard let argument else { return }
      switch Word(command) {
      case "GET", "SET", "UPDATE", "DEL":
        let name = argument.prefix { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "{") }
        names.append(NameHash(Bytes(UnsafeRawBufferPointer(rebasing: name))))
      default: break
      }
    }
  }
}
