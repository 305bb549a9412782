import OctopusEngine
import OctopusRecords

// Names of locks, barriers, semaphores, holders and tags: plain UTF-8 strings.
extension Arguments {
  /// - Parameter what: for the error's text: `a lock's name`.
  mutating func readPlainName(_ what: String, limit: Int = Limits.nameBytes) throws(Failure)
    -> [UInt8]
  {
    guard let name = readBytes() else { throw .syntax("\(what) is missing") }
    guard !name.isEmpty else { throw .syntax("\(what) is empty") }
    guard name.count <= limit else {
      throw Failure(.tooBig, "\(what) is longer than \(limit) bytes")
    }
    guard name.isUTF8 else {
      throw .syntax("\(what) is not UTF-8")
    }
    return name
  }
}

extension [UInt8] {
  /// Most names are ASCII, which is quickly seen.
  fileprivate var isUTF8: Bool {
    withUnsafeBufferPointer(isASCII) || String(validating: self, as: UTF8.self) != nil
  }
}
