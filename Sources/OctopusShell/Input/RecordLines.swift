import Octopus
import OctopusRecords
import OctopusSystem

/// The records of a text that has one in each line, as `octopus export` prints them: canonical
/// text, or JSON in a line that begins with a brace. Blank lines are skipped.
struct RecordLines: Sendable {
  private(set) var records: [Record] = []
  /// The line of each name. Names are compared by their bytes.
  private var lines: [ByteString: Int] = [:]

  /// Reads all records.
  ///
  /// - Parameters:
  ///   - source: where the text comes from, as error messages name it.
  ///   - isJSON: whether all lines are JSON.
  init(_ text: [UInt8], from source: String, isJSON: Bool) throws(CommandError) {
    let blanks: [UInt8] = [0x20, 0x09, 0x0d]
    let lines = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for (index, line) in lines.enumerated() {
      guard let first = line.first(where: { !blanks.contains($0) }) else { continue }
      let isJSON = isJSON || first == UInt8(ascii: "{")
      do throws(SyntaxError) {
        records.append(try isJSON ? Record(fromJSON: Array(line)) : Record(line: line))
      } catch {
        throw CommandError(
          error, in: String(decoding: line, as: UTF8.self), at: "\(source):\(index + 1)")
      }
      if let refusal = noteLastRecord(from: index + 1) {
        throw CommandError("\(source):\(index + 1): \(refusal)", .badUsage)
      }
    }
  }

  /// Whether there is a record of the same name.
  func contains(_ record: Record) -> Bool { lines[record.nameBytes] != nil }

  /// Why the last record may not be here; nil if it may.
  private mutating func noteLastRecord(from line: Int) -> String? {
    let record = records[records.count - 1]
    if let queue = record.queue {
      return "\(nameText(record.name)) belongs to the \(queue), which only its own commands write"
    }
    return lines.updateValue(line, forKey: record.nameBytes).map {
      "a second record \(nameText(record.name)); the first is in line \($0)"
    }
  }
}

extension Record {
  fileprivate init(line: ArraySlice<UInt8>) throws(SyntaxError) {
    self = try line.withUnsafeBufferPointer { (line) throws(SyntaxError) in try Record(line) }
  }

  fileprivate init(fromJSON line: [UInt8]) throws(SyntaxError) {
    var reader = JSONReader(line)
    do throws(JSONError) {
      self = try reader.readRecord()
      try reader.expectEnd()
    } catch {
      throw SyntaxError(error.message, at: error.offset)
    }
  }

  fileprivate var nameBytes: ByteString { withContents { ByteString($0.name) } }
}
