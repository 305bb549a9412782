import OctopusEngine
import RESP

extension Call {
  /// Reads the arguments of a request that was identified as this command.
  package init(_ request: Request, as name: CommandName) throws(Failure) {
    throw Failure(.error, "unknown command")
  }

  /// Reads a whole request.
  package init(_ request: Request) throws(Failure) {
    try self.init(request, as: CommandTable.standard.identify(request))
  }
}
