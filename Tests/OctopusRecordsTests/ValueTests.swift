// Numbers, strings, symbols and names: how they read and how they print.

import Testing

@testable import OctopusRecords

@Suite struct ValueTests {
  @Test(
    arguments: [
      ("0", .integer(0)), ("-0", .integer(0)), ("007", .integer(7)), ("-1", .integer(-1)),
      ("0x107d", .integer(0x107d)), ("-0xFf", .integer(-255)), ("0X10", .integer(16)),
      ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
      ("0x7fffffffffffffff", .integer(.max)), ("-0x8000000000000000", .integer(.min)),
      ("000000000000000000000000000001", .integer(1)), ("0x00000000000000000001", .integer(1)),
      ("12.0", .float(12)), (".5", .float(0.5)), ("-.5", .float(-0.5)), ("1e16", .float(1e16)),
      ("1E+16", .float(1e16)), ("1e-2", .float(0.01)), ("-0.0", .float(-0.0)), ("0e0", .float(0)),
      ("5e-324", .float(.leastNonzeroMagnitude)), ("0.0e-400", .float(0)),
      ("1.7976931348623157e308", .float(.greatestFiniteMagnitude)),
      ("9007199254740993.0", .float(9_007_199_254_740_992)),
      ("123456789012345678901234567890.5", .float(123456789012345678901234567890.5)),
      ("0.1", .float(0.1)), ("4.35", .float(4.35)), ("1e23", .float(1e23)),
      ("true", .boolean(true)), ("false", .boolean(false)), ("truer", .symbol("truer")),
      ("none", .symbol("none")), ("Nan", .symbol("Nan")), ("nullable", .symbol("nullable")),
      ("r", .symbol("r")), ("e5", .symbol("e5")),
      ("x-1.y_2", .symbol("x-1.y_2")), ("''", .string("")), ("'true'", .string("true")),
      ("'\\'\\\\\\n\\r\\t\\0'", .string("'\\\n\r\t\0")), ("'\\u{41}\\u{1F419}'", .string("A🐙")),
      ("'\\u{00e9}'", .string("é")), ("'a\\nb\\nc'", .string("a\nb\nc")), ("'€'", .string("€")),
    ] as [(String, Value)])
  func reads(text: String, value: Value) throws {
    let record = try Record(parsing: "a { b: \(text) }")
    #expect(record["b"] == value)
  }

  @Test(
    arguments: [
      (.float(12), "12.0"), (.float(1e16), "1e+16"), (.float(-0.0), "-0.0"), (.float(0.1), "0.1"),
      (.float(.leastNonzeroMagnitude), "5e-324"), (.integer(.min), "-9223372036854775808"),
      (.symbol("on"), "on"), (.symbol("r"), "r"), (.string("on"), "'on'"),
      // Symbols that could not be read back as such print as strings.
      (.symbol("true"), "'true'"), (.symbol("false"), "'false'"), (.symbol(""), "''"),
      (.symbol("nan"), "'nan'"), (.symbol("None"), "'None'"), (.symbol("TRUE"), "'TRUE'"),
      (.symbol("_"), "'_'"), (.symbol("1"), "'1'"), (.symbol("it's"), "'it\\'s'"),
      (.string("\u{1}\u{7f}é"), "'\\u{1}\\u{7f}é'"),
    ] as [(Value, String)])
  func prints(value: Value, text: String) throws {
    #expect(value.description == text)
    let record = try Record(name: "a", attributes: ["b": value])
    #expect(record.description == "a { b: \(text) }")
    #expect(try Record(parsing: record.description) == record)
    #expect(record["b"]?.text == value.text)
  }

  @Test(arguments: [
    ("a", "a", "a {}"), ("'a'", "a", "a {}"), ("true", "true", "true {}"), ("r", "r", "r {}"),
    ("'_'", "_", "'_' {}"), ("'r'", "r", "r {}"), ("'/dev/sda'", "/dev/sda", "'/dev/sda' {}"),
    ("'0000:00:05.0'", "0000:00:05.0", "'0000:00:05.0' {}"), ("'it\\'s'", "it's", "'it\\'s' {}"),
    ("'\\n'", "\n", "'\\n' {}"), ("'é'", "é", "'é' {}"), ("a-", "a-", "a- {}"),
    ("r{}", "r", "r {}"), ("'\\u{61}'", "a", "a {}"), ("a.b_c-1", "a.b_c-1", "a.b_c-1 {}"),
  ])
  func names(text: String, name: String, canonical: String) throws {
    let record = try Record(parsing: text)
    #expect(record.name == name)
    #expect(record.description == canonical)
    #expect(try Query(parsing: canonical).matches(record))
    #expect(try Query(parsing: text).description == canonical)
  }

  @Test func escapedNamesAndValuesArePrintedTogether() throws {
    let record: Record = "'a\\'b' { x: 'c\\'d', y: 'e', z: '\\0' }"
    #expect(record.name == "a'b")
    #expect(record["x"] == "c'd")
    #expect(record["y"] == "e")
    #expect(record["z"] == "\0")
    #expect(record.description == "'a\\'b' { x: 'c\\'d', y: 'e', z: '\\0' }")
  }

  @Test func recordsAreBuiltFromAttributes() throws {
    let record = try Record(
      name: "pci", attributes: ["vendor": 0x8086, "class": "net", "hot": true, "load": 0.5])
    #expect(record.description == "pci { class: 'net', hot: true, load: 0.5, vendor: 32902 }")
    #expect(record["vendor"]?.integer == 0x8086)
    #expect(record["vendor"]?.number == 32902)
    #expect(record["load"]?.number == 0.5)
    #expect(record["hot"]?.boolean == true)
    #expect(record["class"]?.text == "net")
    #expect(record["class"]?.integer == nil)
    #expect(try Record(name: "pci").description == "pci {}")
  }
}
