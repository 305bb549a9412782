// What a client reads out of a value.

import RESP
import Testing

@Suite struct RESPValueTests {
  @Test func strings() {
    #expect(RESPValue.bulk("é").text == "é")
    #expect(RESPValue.simpleString("OK").text == "OK")
    #expect(RESPValue.verbatim([65], format: .text).text == "A")
    #expect(RESPValue.bigNumber([49]).bytes == [49])
    #expect(RESPValue.bulk([0xff]).text == nil)
    #expect(RESPValue.bulk([0xff]).bytes == [0xff])
    #expect(RESPValue.error("ERR").text == nil)
    #expect(RESPValue.null.text == nil)
  }

  @Test func numbers() {
    #expect(RESPValue.integer(5).integer == 5)
    #expect(RESPValue.bulk("5").integer == nil)
    #expect(RESPValue.double(0.5).double == 0.5)
    #expect(RESPValue.bulk("0.5").double == 0.5)
    #expect(RESPValue.bulk("half").double == nil)
    #expect(RESPValue.boolean(true).boolean == true)
    #expect(RESPValue.integer(0).boolean == false)
    #expect(RESPValue.integer(2).boolean == nil)
  }

  @Test func aggregates() {
    let entry = RESPValue.Entry(key: .bulk("proto"), value: .integer(3))
    let three = RESPValue.map([entry])
    let two = RESPValue.array([entry.key, entry.value])
    #expect(three.entries == two.entries)
    #expect(three["proto"] == .integer(3))
    #expect(two["proto"] == .integer(3))
    #expect(three["server"] == nil)
    #expect(RESPValue.array([.null]).entries == nil)
    #expect(RESPValue.push([.null]).elements == [.null])
    #expect(three.elements == nil)
    #expect(RESPValue.null.isNull)
  }

  @Test func failures() throws {
    let failure = try #require(RESPValue.error("SYNTAX expected a name").failure)
    #expect(failure == ("SYNTAX", "expected a name"))
    #expect(try #require(RESPValue.blobError(Array("OOM".utf8)).failure) == ("OOM", ""))
    #expect(RESPValue.bulk("x").failure == nil)
  }

  @Test func formats() {
    #expect(RESPValue.VerbatimFormat("txt".utf8) == .text)
    #expect(RESPValue.VerbatimFormat("txts".utf8) == nil)
    #expect(RESPValue.VerbatimFormat("tx".utf8) == nil)
  }

  @Test func valueIsSmall() {
    #expect(MemoryLayout<RESPValue>.stride == 16)
  }
}
