// Swift values to records and back, and what cannot be one.

import Generators
import Testing

@testable import OctopusRecords

private enum State: String, Codable, AttributeConvertible { case ready, failed }
private enum Level: Int, Codable {
  case low = 1
  case high = 2
}

private struct Device: Codable, Equatable {
  var bus: Int
  var vendor: UInt16
  var offset: Int8
  var load: Double
  var share: Float
  var isHot: Bool
  var name: String
  var driver: String?
  var state: State
  var level: Level?
}

@Suite struct CodingTests {
  @Test func structuresAreEncodedAndDecoded() throws {
    let device = Device(
      bus: 3, vendor: 0x8086, offset: -128, load: 0.5, share: 0.1, isHot: true, name: "it's",
      driver: nil, state: .ready, level: .high)
    let record = try Record(name: "pci", encoding: device)
    #expect(
      record.description == """
        pci { bus: 3, isHot: true, level: 2, load: 0.5, name: 'it\\'s', offset: -128, \
        share: 0.10000000149011612, state: 'ready', vendor: 32902 }
        """)
    #expect(try record.decode(as: Device.self) == device)
  }

  @Test func numbersSurviveEncodingAndDecoding() throws {
    struct Numbers: Codable, Equatable {
      var a: Int64, b: UInt64, c: Double, d: Float, e: Int32, f: UInt8, g: UInt
    }
    var random = Random.logged()
    for _ in 0..<500 {
      let numbers = Numbers(
        a: random.integer(), b: UInt64(random.integer().magnitude >> 1), c: random.float(),
        d: Float(Double(random.integer())), e: Int32(truncatingIfNeeded: random.integer()),
        f: UInt8(truncatingIfNeeded: random.integer()), g: 7)
      #expect(try Record(name: "n", encoding: numbers).decode(as: Numbers.self) == numbers)
    }
  }

  @Test func dictionariesAndClassesAreEncodedFlat() throws {
    let record = try Record(name: "a", encoding: ["x": 1, "y": 2])
    #expect(record.description == "a { x: 1, y: 2 }")
    #expect(try record.decode(as: [String: Int].self) == ["x": 1, "y": 2])

    let derived = Derived()
    (derived.a, derived.b) = (1, 2)
    let both = try Record(name: "d", encoding: derived)
    #expect(both.description == "d { a: 1, b: 2 }")
    let again = try both.decode(as: Derived.self)
    #expect(again.a == 1 && again.b == 2)
  }

  @Test func decodingAcceptsValuesThatCompareAsEqual() throws {
    struct Reading: Codable, Equatable {
      var whole: Int
      var part: Double
      var word: String
    }
    let record: Record = "r { whole: 12.0, part: 3, word: ready, other: 'passed over' }"
    #expect(try record.decode(as: Reading.self) == Reading(whole: 12, part: 3, word: "ready"))
  }

  // MARK: Errors

  @Test func valuesThatNoAttributeCanHaveAreRefused() {
    struct Inner: Codable { var x = 1 }
    struct Nested: Codable { var inner = Inner() }
    struct Empty: Codable {
      struct Nothing: Codable {}
      var nothing = Nothing()
    }
    struct List: Codable { var list = [1, 2] }
    struct EmptyList: Codable { var list: [Int] = [] }
    struct Big: Codable { var big = UInt64.max }
    struct NotFinite: Codable { var load = Double.infinity }
    struct NotFiniteFloat: Codable { var load = Float.nan }

    expectInvalid(Nested(), path: "inner.x", "records are flat: an attribute is one value")
    expectInvalid(Empty(), path: "nothing", "records are flat: an attribute is one value")
    expectInvalid(EmptyList(), path: "list", "records are flat: an attribute is one value")
    expectInvalid(List(), path: "list", "records are flat: an attribute is one value")
    expectInvalid(Big(), path: "big", "18446744073709551615 does not fit into 64 bits, signed")
    expectInvalid(NotFinite(), path: "load", "inf is not finite")
    expectInvalid(NotFiniteFloat(), path: "load", "nan is not finite")
    expectInvalid(["": 1], path: "", "an attribute's name cannot be empty")
    expectInvalid(5, path: "", "a record has named attributes, no one value")
    expectInvalid([5], path: "", "a record has named attributes, no elements")
    #expect(throws: SyntaxError.self) { try Record(name: "", encoding: Inner()) }
  }

  private func expectInvalid(_ value: some Encodable, path: String, _ reason: String) {
    let error = #expect(throws: EncodingError.self) { try Record(name: "a", encoding: value) }
    guard case .invalidValue(_, let context) = error else { return }
    #expect(context.codingPath.map(\.stringValue).joined(separator: ".") == path)
    #expect(context.debugDescription == reason)
  }

  @Test func valuesThatDoNotFitTheTypeAreRefused() {
    struct Byte: Codable { var a: Int8 }
    struct Whole: Codable { var a: Int }
    struct Small: Codable { var a: Float }
    struct Precise: Codable { var a: Double }
    struct Text: Codable { var a: String }
    struct Flag: Codable { var a: Bool }
    struct Choice: Codable { var a: State }
    struct List: Codable { var a: [Int] }
    struct Inner: Codable { var a: Whole }

    expect(.corrupted, "the integer 300 does not fit Int8", "r { a: 300 }", Byte.self)
    expect(.corrupted, "the float 1.5 does not fit Int", "r { a: 1.5 }", Whole.self)
    expect(.corrupted, "the float 1e+300 does not fit Int", "r { a: 1e300 }", Whole.self)
    expect(.corrupted, "the float 1e+300 does not fit Float", "r { a: 1e300 }", Small.self)
    expect(
      .corrupted, "the integer 9007199254740993 does not fit Double", "r { a: 9007199254740993 }",
      Precise.self)
    expect(.mismatch, "this is the string '1', not Int", "r { a: '1' }", Whole.self)
    expect(.mismatch, "this is the integer 1, not String", "r { a: 1 }", Text.self)
    expect(.mismatch, "this is the symbol yes, not Bool", "r { a: yes }", Flag.self)
    expect(.mismatch, "this is the boolean true, not Int", "r { a: true }", Whole.self)
    expect(.mismatch, "records are flat: this is the integer 1", "r { a: 1 }", List.self)
    expect(.mismatch, "records are flat: this is the integer 1", "r { a: 1 }", Inner.self)
    expect(.missing, "no attribute 'a'", "r { b: 1 }", Whole.self)
    expect(.corrupted, nil, "r { a: 'lost' }", Choice.self)
    let whole: Record = "r { a: 1 }"
    #expect(throws: DecodingError.self) { try whole.decode(as: Int.self) }
    #expect(throws: DecodingError.self) { try whole.decode(as: [Int].self) }
  }

  private enum Kind { case corrupted, mismatch, missing }

  private func expect<T: Decodable>(
    _ kind: Kind, _ reason: String?, _ record: Record, _ type: T.Type
  ) {
    let error = #expect(throws: DecodingError.self) { try record.decode(as: type) }
    let found: (Kind, DecodingError.Context)
    switch error {
    case .dataCorrupted(let context): found = (.corrupted, context)
    case .typeMismatch(_, let context): found = (.mismatch, context)
    case .keyNotFound(let key, let context):
      #expect(key.stringValue == "a")
      found = (.missing, context)
    default:
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(found.0 == kind, "\(record)")
    #expect(found.1.codingPath.map(\.stringValue) == (kind == .missing ? [] : ["a"]))
    if let reason { #expect(found.1.debugDescription == reason) }
  }
}

private class Base: Codable {
  var a = 0
}

private final class Derived: Base {
  var b = 0

  override init() { super.init() }

  required init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Keys.self)
    b = try container.decode(Int.self, forKey: .b)
    try super.init(from: container.superDecoder())
  }

  override func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Keys.self)
    try container.encode(b, forKey: .b)
    try super.encode(to: container.superEncoder())
  }

  private enum Keys: CodingKey { case b }
}

@Suite struct ExtractionTests {
  private let record: Record =
    "pci { vendor: 0x8086, load: 0.5, state: ready, hot: true, whole: 12.0, name: 'x' }"

  @Test func attributesAreReadAsTheRequestedTypes() throws {
    #expect(try record.read("vendor", as: Int.self) == 0x8086)
    let (vendor, load, state, isHot, name) = try record.read(
      "vendor", "load", "state", "hot", "name",
      as: UInt16.self, Double.self, State.self, Bool.self, Value.self)
    #expect(vendor == 0x8086)
    #expect(load == 0.5)
    #expect(state == .ready)
    #expect(isHot)
    #expect(name == .string("x"))
    #expect(try record.read("whole", as: Int.self) == 12)
    #expect(try record.read("vendor", as: Double.self) == 32902)
    #expect(try record.read("state", as: String.self) == "ready")
  }

  @Test func errorsNameRecordAttributeAndKinds() {
    expect("pci: no 'bus', where Int is wanted", found: nil) {
      try record.read("bus", as: Int.self)
    }
    expect("pci: 'vendor' is the integer 32902, not Int8", found: .integer(32902)) {
      try record.read("vendor", as: Int8.self)
    }
    expect("pci: 'load' is the float 0.5, not Int", found: .float(0.5)) {
      try record.read("vendor", "load", as: Int.self, Int.self)
    }
    expect("pci: 'name' is the string 'x', not State", found: .string("x")) {
      try record.read("name", as: State.self)
    }
    expect("pci: 'hot' is the boolean true, not String", found: .boolean(true)) {
      try record.read("hot", "bus", as: String.self, Int.self)
    }
  }

  private func expect<T>(_ text: String, found: Value?, _ body: () throws -> T) {
    let error = #expect(throws: ExtractionError.self) { _ = try body() }
    #expect(error?.description == text)
    #expect(error?.found == found)
    #expect(error?.record == "pci")
  }
}
