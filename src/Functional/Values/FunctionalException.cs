namespace Functional;

/// <summary>Base of every error a user of Functional can cause: the message says where, which rule, expected, got, and a fix.</summary>
public class FunctionalException : Exception
{
    /// <summary>Creates the error with its complete message.</summary>
    public FunctionalException(string message)
        : base(message) { }

    /// <summary>Creates the error with its complete message and the failure that caused it.</summary>
    public FunctionalException(string message, Exception innerException)
        : base(message, innerException) { }
}

/// <summary>One or several layers whose shapes do not fit; every mismatch found is listed, each with its fix.</summary>
public sealed class ShapeException : FunctionalException
{
    /// <summary>Creates the error from one message per mismatch.</summary>
    public ShapeException(params IEnumerable<string> errors)
        : this([.. errors]) { }

    private ShapeException(string[] errors)
        : base(string.Join(Environment.NewLine, errors)) => Errors = errors;

    /// <summary>One message per mismatch, in layer order.</summary>
    public IReadOnlyList<string> Errors { get; }
}

/// <summary>A computation that needs finite numbers met NaN or an infinity.</summary>
public sealed class NonFiniteException : FunctionalException
{
    /// <summary>Creates the error with its complete message.</summary>
    public NonFiniteException(string message)
        : base(message) { }
}

/// <summary>A parameter or running statistic has a value that no training gives it.</summary>
public sealed class ParameterException : FunctionalException
{
    /// <summary>Creates the error with its complete message.</summary>
    public ParameterException(string message)
        : base(message) { }
}

/// <summary>A fault of the library itself, never of its user: please report it with the text it prints.</summary>
public sealed class InternalErrorException : Exception
{
    /// <summary>Creates the error for a broken invariant; <paramref name="evidence"/> is the printed graph or plan.</summary>
    public InternalErrorException(string invariant, string evidence)
        : base($"bug in Functional, please report: {invariant}{Environment.NewLine}{evidence}") { }
}
