import OctopusCollections
import OctopusEngine
import OctopusProtocol

/// What a dispatcher needs of the program around it: the engine, time, and answers about the
/// server.
package protocol DispatcherHost: AnyObject {
  /// Runs a step of the engine, and appends the effects for this dispatcher's sessions to
  /// `effects`.
  func step(_ input: consuming Input, into effects: inout [Effect])

  /// Fetches the memory that commands on records of these names will read.
  func prefetch(_ names: [NameHash])

  /// An id that no session had before.
  func makeSessionID() -> SessionID

  /// Answers a command about the server or other clients, by `answerFromHost`, now or later.
  func carryOut(_ command: ConnectionCommand, for connection: ClientConnection)

  /// Has the connection `authenticate`, now or after a pause.
  func authenticate(_ command: ConnectionCommand, for connection: ClientConnection)

  /// Whether the host should look for new requests before it carries out more of those it has.
  var isPassOver: Bool { get }

  /// The dispatcher now serves connections that had to wait: they have their part of the time.
  func continuePass()

  /// The dispatcher now ends sessions in the engine: it has some time for that, even if the pass is
  /// over.
  func extendPass()

  /// A connection begins to carry out requests.
  func beginTurn()

  /// A request was taken, and is about to be carried out.
  func willCarryOut(_ connection: ClientConnection)

  /// A request was carried out, or waits for the engine. Returns whether the connection's turn is
  /// over: then other connections have theirs first.
  func didCarryOut(_ connection: ClientConnection) -> Bool

  /// The connection has a session now, or lacks one until it gives the password.
  func didBeginSession(_ connection: ClientConnection)

  /// The connection takes no more requests. It is to be closed when its output is written.
  func didBeginClosing(_ connection: ClientConnection)

  /// The session of the connection, or its part in one, is about to end.
  func willEndSession(_ connection: ClientConnection)

  /// A session has ended in the engine.
  func didEndSession()
}
