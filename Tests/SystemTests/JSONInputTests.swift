import OctopusRecords
import Testing

/// `octopus set --json` reads what `--json` prints.
@Suite struct JSONInputTests {
  private static let records: [Record] = [
    "empty {}", "'PORTCHANNEL|PortChannel0001' { 'members@': 'Ethernet0,Ethernet4', mtu: '9100' }",
    "'DSCP_TO_TC_MAP|AZURE' { '0': '0', '1': '10', '46': '5' }",
    "'it\\'s \\\\ \"\\n\\0\\u{7f}é🐙' { 'a\"\\t': 'x\\u{1}\\\\/', '{': '}', 'null': 'null' }",
    "numbers { a: 9223372036854775807, b: -9223372036854775808, c: 12.0, d: 12, e: 1e300, f: -0.0 }",
    "floats { a: 5e-324, b: 1.7976931348623157e308, c: 0.1, d: 1e16, e: 1e-05 }",
    "booleans { t: true, f: false, s: 'true' }",
    "pod { 'app.kubernetes.io/name': 'web', '@timestamp': 1700000000, '_id': 'x' }",
  ]

  @Test func printedJSONIsReadBackUnchanged() async throws {
    let (one, other) = (try await Octopusd(), try await Octopusd())
    for record in Self.records {
      #expect(try await one.octopus("set", record.description).status == .init(code: 0))
    }
    let printed = try await one.octopus("find", "_", "--json")
    #expect(
      try await other.octopus("set", "--json", input: printed.output).status == .init(code: 0))
    #expect(try await other.octopus("find", "_").output == one.octopus("find", "_").output)
    #expect(try await other.octopus("find", "_", "--json").output == printed.output)
    // As an argument, with a revision, in several lines and in other words.
    let revised = try await one.octopus("get", "pod", "--json", "--revision").output
    #expect(try await other.octopus("del", "pod").status == .init(code: 0))
    #expect(try await other.octopus("set", "--json", revised).status == .init(code: 0))
    let folded = #"{ "attributes" : {"x":"\ud83d\udc19\/\u0041"} , "name":\#n"{" }"#
    #expect(try await other.octopus("set", "\(folded)", "--json").status == .init(code: 0))
    #expect(try await other.octopus("get", "'{'").output == "'{' { x: '🐙/A' }\n")
    // A symbol comes back as the string that it is equal to.
    _ = try await one.octopus("set", "lamp { state: on }")
    let lamp = try await one.octopus("get", "lamp", "--json").output
    _ = try await other.octopus("set", "--json", input: lamp)
    #expect(try await other.octopus("get", "_ { state: on }").output == "lamp { state: 'on' }\n")
  }

  @Test func setJSONAppliesOptionsToEachRecord() async throws {
    let server = try await Octopusd()
    _ = try await server.octopus("set", "b { x: 0 }")
    let lines = #"{"name":"a"}\#n{"name":"b"}\#n{"name":"c","attributes":{}}\#n"#
    let outcome = try await server.octopus("set", "--json", "--nx", input: lines)
    #expect(outcome.status == .init(code: 1))
    #expect(try await server.octopus("find", "_").output == "a {}\nb { x: 0 }\nc {}\n")
    #expect(try await server.octopus("set", "--json", input: "").status == .init(code: 0))
  }

  @Test(arguments: [
    (#"{"name":"a","attributes":{"x":null}}"#, "'x' is null; leave the attribute out", 1, 31),
    (#"{"name":"a","attributes":{"a\n":[1]}}"#, #"'a\n' is an array; a value is"#, 1, 33),
    (#"{"name":"a","attributes":{"x":{}}}"#, "'x' is an object; a value is", 1, 31),
    (#"{"name":"a","attributes":{"x":NaN}}"#, "'x' is not a finite number", 1, 31),
    (#"{"name":"a","attributes":{"x":-Infinity}}"#, "'x' is not a finite number", 1, 31),
    (
      #"{"name":"a","attributes":{"x":9223372036854775808}}"#,
      "'x' is an integer that does not fit into 64 bits", 1, 31
    ),
    (#"{"name":"a","attributes":{"x":1e400}}"#, "'x' is a float that does not fit", 1, 31),
    (#"{"name":"a","attributes":{"x":1e-400}}"#, "'x' is a float too close to 0", 1, 31),
    (#"{"name":"a","attributes":{"x":007}}"#, "'x' is not a value of JSON", 1, 31),
    (#"{"name":"a","attributes":{"x":.5}}"#, "'x' is not a value of JSON", 1, 31),
    (#"{"name":"a","attributes":{"x":0x1f}}"#, "'x' is not a value of JSON", 1, 31),
    (#"{"name":"a","attributes":{"x":+1}}"#, "'x' is not a value of JSON", 1, 31),
    (#"{"name":"a","attributes":{"x":True}}"#, "'x' is not a value of JSON", 1, 31),
    (#"{"name":"a","attributes":{"x":}}"#, "'x' is not a value of JSON", 1, 31),
    (
      #"{"name":"a","attributes":{"x":"\ud83d"}}"#,
      #"'x' is a string with '\u' without the four digits"#, 1, 32
    ),
    (#"{"name":"a","attributes":{"x":"\q"}}"#, "'x' is a string with an unknown escape", 1, 32),
    (#"{"name":"a","attributes":{"x":"y}}"#, "'x' is a string that does not end", 1, 31),
    (#"{"name":"a","attributes":{"x":1,"x":2}}"#, "a second value for 'x'", 1, 1),
    (#"{"name":"a","attributes":{"":1}}"#, "an empty name", 1, 1),
    (#"{"name":"a","attributes":[]}"#, "expected 'attributes', an object, found '['", 1, 26),
    (#"{"name":"a","attributes":{"x":1}"#, "expected ',' or '}', found the end", 1, 33),
    (#"{"name":"a","name":"b"}"#, "a second 'name'", 1, 13),
    (#"{"name":5}"#, "expected the name, a string, found '5'", 1, 9),
    (#"{"attributes":{}}"#, "a record without 'name'", 1, 1),
    (#"{"event":"set"}"#, "a record has 'name' and 'attributes', and no 'event'", 1, 2),
    ("[]", "expected a record, an object, found '['", 1, 1),
    ("pci { bus: 3 }", "expected a record, an object, found 'p'", 1, 1),
    ("{\"name\":\"b\"}\n{\"name\":\"\"}", "an empty name", 2, 1),
    ("{\"name\":\"b\"}\n\n {\"name\" 1}", "expected ':', found '1'", 3, 10),
  ])
  func whatNoRecordCanBeIsRefusedAndNothingSet(
    text: String, message: String, line: Int, byte: Int
  ) async throws {
    let server = try await Octopusd()
    let outcome = try await server.octopus("set", "--json", input: text)
    #expect(outcome.status == .init(code: 2))
    #expect(outcome.errors.hasPrefix("octopus: "), "\(outcome.errors)")
    #expect(outcome.errors.contains(message), "\(outcome.errors)")
    let place = ", in line \(line) of the JSON at byte \(byte)\n"
    #expect(outcome.errors.hasSuffix(place), "\(outcome.errors)")
    #expect(try await server.octopus("count", "_").output == "0\n")
  }

  /// There the lines are the standard input. Quotes and braces in JSON do not part words.
  @Test func promptTakesJSONAsAnArgument() async throws {
    let server = try await Octopusd()
    let lines = #"""
      set --json
      set --json {"name": "it's  a", "attributes": {"x": "{ \" '"}} --nx
      set --json {"name":"b"}
      """#
    let outcome = try await server.octopus(input: lines + "\n")
    #expect(outcome.errors.contains("The prompt keeps its input"), "\(outcome.errors)")
    let found = try await server.octopus("find", "_").output
    #expect(
      found == #"""
        b {}
        'it\'s  a' { x: '{ " \'' }

        """#)
    let braces = #"{"name":"c","attributes":{"x":"{"}}"#
    #expect(try await server.octopus("set", braces, "--json").status == .init(code: 0))
    #expect(try await server.octopus("get", "c").output == "c { x: '{' }\n")
  }

  @Test func attributeNamesInOptionsArePlain() async throws {
    let server = try await Octopusd()
    _ = try await server.octopus("set", "v { 'members@': 'x', 'a=b': 1, 'it\\'s': 2 }")
    #expect(try await server.octopus("lookup", "v", "--attribute", "members@").output == "x\n")
    #expect(try await server.octopus("lookup", "v", "--attribute", "'it\\'s'").output == "2\n")
    let updated = try await server.octopus(
      "update", "v", "--remove", "members@", "--add", "a=b=3", "--add", "'it\\'s'=1.5")
    #expect(updated.output == "v { 'a=b': 4, 'it\\'s': 3.5 }\n")
    let refused = try await server.octopus("update", "v", "--add", "a=nan")
    #expect(refused.status == .init(code: 2))
  }
}
