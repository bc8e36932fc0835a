namespace Functional;

/// <summary>
/// Data that cannot be used as given: a missing or malformed file, lengths that do not fit, a number that is not finite, a label
/// out of range. The message says where (file, line, row, column, byte), which rule, expected, got, and a fix.
/// </summary>
public sealed class DataException : FunctionalException
{
    /// <summary>Creates the error with its complete message.</summary>
    public DataException(string message)
        : base(message) { }

    /// <summary>Creates the error with its complete message and the failure that caused it.</summary>
    public DataException(string message, Exception innerException)
        : base(message, innerException) { }
}
