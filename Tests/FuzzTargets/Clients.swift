import SessionSupport

/// Four clients of one engine. A line is something that one of them does:
///
///     a SET x "{ v: 1 }"    it says a line; from `d` on the letters begin again
///     a.*2                  it says this, and neither CR nor LF after it
///     a-                    it leaves; when it speaks again it has just come
///     a+100                 100 milliseconds pass
///
/// `a` and `b` are local, `c` has sent HELLO 3, `d` connects over TCP and must AUTH secret.
struct Clients {
  private let server: SessionHarness
  private var places: [Int64?] = [nil, nil, nil, nil]

  init(of server: SessionHarness) { self.server = server }

  /// Of the connections.
  var ids: [Int64] { places.compactMap { $0 } }

  mutating func perform(_ line: ArraySlice<UInt8>) {
    guard let letter = line.first, let action = line.dropFirst().first else { return }
    let place = Int(letter &- UInt8(ascii: "a")) & 3
    let rest = line.dropFirst(2)
    switch action {
    case UInt8(ascii: "-"): leave(place)
    case UInt8(ascii: "+"):
      server.advance(milliseconds: rest.prefix(6).reduce(0) { $0 * 10 + Int64($1 & 0xf) })
    case UInt8(ascii: "."): say(rest, place)
    default: say(rest + [13, 10], place)
    }
  }

  /// All of them leave.
  mutating func leave() {
    for place in places.indices { leave(place) }
  }

  private mutating func say(_ bytes: ArraySlice<UInt8>, _ place: Int) {
    if let id = places[place], server.isClosing(id) { places[place] = nil }
    let id = places[place] ?? connect(place)
    places[place] = id
    server.send(bytes, to: id)
  }

  private func connect(_ place: Int) -> Int64 {
    guard place < 3 else { return server.connect(.tcp, password: "secret") }
    let id = server.connect()
    if place == 2 { server.send("HELLO 3\r\n", to: id) }
    return id
  }

  private mutating func leave(_ place: Int) {
    guard let id = places[place] else { return }
    server.disconnect(id)
    places[place] = nil
  }
}
