using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Functional.Cli;

/// <summary>Options that take a number, written with a decimal point whatever the culture, within stated bounds.</summary>
internal static class NumberOption
{
    /// <summary>A whole number from <paramref name="minimum"/> to <paramref name="maximum"/>.</summary>
    public static Option<int> Whole(
        string name,
        string description,
        int otherwise,
        int minimum = 1,
        int maximum = int.MaxValue
    ) =>
        new(name)
        {
            Description = description,
            HelpName = "n",
            DefaultValueFactory = _ => otherwise,
            CustomParser = result =>
                Accept(result, name, Between(minimum, maximum), text => Whole(text, minimum, maximum)) ?? 0,
        };

    /// <summary>A whole number of at least 1; null when it is not given.</summary>
    public static Option<int?> Count(string name, string description) =>
        new(name)
        {
            Description = description,
            HelpName = "n",
            CustomParser = result =>
                Accept(result, name, Between(1, int.MaxValue), text => Whole(text, 1, int.MaxValue)),
        };

    /// <summary>Whole numbers from 1 to <paramref name="maximum"/>, the option being given once for each; 1 when it is not.</summary>
    public static Option<int[]> Several(string name, string description, int maximum) =>
        new(name)
        {
            Description = $"{description}; may be given again.",
            HelpName = "n",
            DefaultValueFactory = _ => [1],
            CustomParser = result =>
                [
                    .. result
                        .Tokens.Select(token =>
                            Accept(result, name, Between(1, maximum), text => Whole(text, 1, maximum), token.Value) ?? 0
                        )
                        .Distinct(),
                ],
        };

    /// <summary>A seed: a whole number from 0 to 2⁶⁴ − 1.</summary>
    public static Option<ulong> Seed(string name, string description, ulong otherwise)
    {
        return new(name)
        {
            Description = description,
            HelpName = "n",
            DefaultValueFactory = _ => otherwise,
            CustomParser = result => Accept(result, name, "a whole number from 0 to 2⁶⁴ − 1", Parse) ?? 0,
        };

        static ulong? Parse(string text) =>
            ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong value) ? value : null;
    }

    /// <summary>A number that <paramref name="accepts"/> takes, which <paramref name="rule"/> tells in words.</summary>
    public static Option<double> Real(
        string name,
        string description,
        double otherwise,
        string rule,
        Predicate<double> accepts
    ) =>
        new(name)
        {
            Description = description,
            HelpName = "x",
            DefaultValueFactory = _ => otherwise,
            CustomParser = result => Accept(result, name, rule, text => Finite(text, accepts)) ?? 0,
        };

    /// <summary>The same; null when it is not given.</summary>
    public static Option<double?> Real(string name, string description, string rule, Predicate<double> accepts) =>
        new(name)
        {
            Description = description,
            HelpName = "x",
            CustomParser = result => Accept(result, name, rule, text => Finite(text, accepts)),
        };

    private static string Between(int minimum, int maximum) => $"a whole number from {minimum} to {maximum}";

    private static int? Whole(string text, int minimum, int maximum) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value)
        && value >= minimum
        && value <= maximum
            ? value
            : null;

    private static double? Finite(string text, Predicate<double> accepts) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
        && double.IsFinite(value)
        && accepts(value)
            ? value
            : null;

    private static T? Accept<T>(ArgumentResult result, string name, string rule, Func<string, T?> parse)
        where T : struct => Accept(result, name, rule, parse, result.Tokens[0].Value);

    private static T? Accept<T>(ArgumentResult result, string name, string rule, Func<string, T?> parse, string text)
        where T : struct
    {
        T? value = parse(text);
        if (value is null)
            result.AddError($"{name} must be {rule}, got '{text}'.");
        return value;
    }
}
