// Nothing that comes from outside can trap, and what is accepted can be printed and read again.

import Generators
import Testing

@testable import OctopusRecords

@Suite struct RobustnessTests {
  @Test func randomBytesAreParsedOrRefused() {
    var random = Random.logged()
    let likely = Array("ar_'\\{}:,=<>!-.0x19e \n\tu{\u{e9}".utf8) + [0, 0x7f, 0xff, 0xc3, 0x80]
    for _ in 0..<10_000 {
      let bytes = (0..<Int.random(in: 0...24, using: &random)).map { _ in random.pick(likely) }
      check(bytes)
    }
  }

  @Test func mutatedTextsAreParsedOrRefused() {
    var random = Random.logged()
    for _ in 0..<6_000 {
      let record = random.record()
      var bytes = Array(
        (random.once(in: 2) ? random.written(record) : random.query(near: record).text).utf8)
      for _ in 0..<Int.random(in: 1...3, using: &random) { random.mutate(&bytes) }
      check(bytes)
    }
  }

  @Test func everyPrefixIsParsedOrRefused() {
    let text = Array(
      "'it\\'s' { a: 0x107d, b != -1.5e-3, c: r'x\\'[é]', d: _, e: '\\u{1f419}é' }".utf8)
    for end in 0...text.count {
      check(Array(text[..<end]))
      for start in 0...end { check(Array(text[start..<end])) }
    }
  }

  /// Reads bytes as everything; wherever they are split, a name and a body apart are like the
  /// whole.
  private func check(_ bytes: [UInt8]) {
    if let record = accepted(bytes, as: Record.self) {
      let again = accepted(record.text, as: Record.self)
      #expect(again == record, "\(bytes)")
    }
    if let query = accepted(bytes, as: Query.self) {
      let again = accepted(query.text, as: Query.self)
      #expect(again?.text == query.text, "\(bytes)")
      #expect(query.matches("a {}") == again?.matches("a {}"))
    }
    if let write = accepted(bytes, as: Write.self) {
      #expect(accepted(write.text, as: Write.self)?.text == write.text, "\(bytes)")
    }
    guard let brace = bytes.firstIndex(of: UInt8(ascii: "{")) else { return }
    let apart = try? parse(Array(bytes[..<brace]), body: Array(bytes[brace...]), as: Query.self)
    if let apart { #expect(accepted(bytes, as: Query.self) == apart, "\(bytes)") }
  }

  private func accepted<T: Parsed>(_ bytes: [UInt8], as type: T.Type) -> T? {
    do throws(SyntaxError) {
      return try parse(bytes, as: type)
    } catch {
      #expect((0...bytes.count).contains(error.offset), "\(bytes): \(error)")
      _ = error.caret(in: String(decoding: bytes, as: UTF8.self))
      return nil
    }
  }
}

extension Random {
  fileprivate mutating func mutate(_ bytes: inout [UInt8]) {
    let place = Int.random(in: 0...bytes.count, using: &self)
    switch Int.random(in: 0..<4, using: &self) {
    case 0: bytes.insert(UInt8.random(in: 0...255, using: &self), at: place)
    case 1 where place < bytes.count: bytes.remove(at: place)
    case 2 where place < bytes.count: bytes[place] ^= 1 << UInt8.random(in: 0...7, using: &self)
    default: bytes.insert(contentsOf: bytes[place...].prefix(5), at: place)
    }
  }
}
