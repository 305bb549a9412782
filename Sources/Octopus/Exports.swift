// `import Octopus` is all that a program needs: records, queries and error codes come with it.

@_exported import OctopusRecords

@_exported import enum OctopusEngine.ErrorCode
