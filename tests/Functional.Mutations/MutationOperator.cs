using System.Globalization;
using static Functional.Mutations.Edits;

namespace Functional.Mutations;

/// <summary>A kind of fault.</summary>
/// <param name="Name">What reports and the command line call it.</param>
/// <param name="Fault">What goes wrong, in words.</param>
/// <param name="Area">The files it is for.</param>
/// <param name="Find">Everywhere it can be planted in a source.</param>
internal sealed record MutationOperator(string Name, string Fault, Area Area, Func<Source, IEnumerable<Edit>> Find)
{
    // An element of a list that begins a rule of the table of derivatives: a cotangent.
    private const string Cotangents = @"=>\s*(?:\(Node\?\[\]\))?\[(?!\])";

    public static IReadOnlyList<MutationOperator> All { get; } =
    [
        new(
            "transpose",
            "a factor is transposed that should not be, or the other way round",
            Area.Derivatives,
            Replace(@"(?<=\bMatMul\([^=>]*, )(?<x>true|false)(?=[,)])", Opposite)
        ),
        new(
            "factors",
            "the operands of what does not commute are swapped",
            Area.Derivatives,
            SwapArguments(@"\bg\.(MatMul|Difference|Quotient|Concat)\(", 0)
        ),
        new("branches", "the branches of a choice are swapped", Area.Derivatives, SwapArguments(@"\bg\.Select\(", 1)),
        new(
            "input",
            "the other input",
            Area.Derivatives,
            Exchange(@"(?<!Node )\b", "", ("A()", "B()"), ("B()", "A()"))
        ),
        new(
            "saved value",
            "the rule uses the input for the output, or the other way round",
            Area.Derivatives,
            source =>
                [
                    .. Exchange(@"(?<=\(|, )", @"(?=[,)])(?![\s\S]*Node One\(\))", ("A()", "y"), ("y", "A()"))(source),
                    .. Exchange(@"(?<=Node One\(\)[\s\S]*(\(|, ))", "(?=[,)])", ("a", "y"), ("y", "a"))(source),
                ]
        ),
        new("sign", "a cotangent has the other sign", Area.Derivatives, Elements(Cotangents, e => $"g.Negate({e}!)")),
        new(
            "scale",
            "a cotangent is twice as large",
            Area.Derivatives,
            Elements(Cotangents, e => $"g.Sum({e}!, {e}!)")
        ),
        new("cotangent", "a cotangent is missing", Area.Derivatives, Elements(Cotangents, _ => "null")),
        new(
            "negation",
            "a negation is missing",
            Area.Derivatives | Area.Rewrites,
            source => [.. Unwrap(@"\bg\.Negate\(", 0)(source), .. Unwrap(@"\bUnary\((?=\s*g,\s*Negate,)", 2)(source)]
        ),
        new(
            "function",
            "another function",
            Area.Derivatives | Area.Rewrites,
            Exchange(
                @"\b(?<=Unary\(\s*(g, )?(UnaryFunction\.)?|Binary\(\s*(g, )?(BinaryFunction\.)?|Unary\(|or |not )",
                @"\b(?=,|\))",
                ("Exp", "Expm1"),
                ("Sigmoid", "Tanh"),
                ("Sign", "Abs"),
                ("Cos", "Sin"),
                ("Sin", "Cos"),
                ("Softplus", "Relu"),
                ("Maximum", "Minimum"),
                ("Log", "Exp"),
                ("SafeLog", "Exp")
            )
        ),
        new(
            "operation",
            "another operation of two values",
            Area.All,
            Exchange(
                @"\b(?<!Node |Node\? )(?<=[ (.])",
                @"(?=\((g, )?(?!GraphBuilder))",
                ("Sum", "Difference"),
                ("Difference", "Sum"),
                ("Product", "Sum"),
                ("Quotient", "Product")
            )
        ),
        new(
            "axis",
            "the first dimension for the last",
            Area.Derivatives | Area.Rewrites,
            source =>
                [
                    .. Replace(@"(?<=Shape)\[\^1\]", "[0]")(source),
                    .. source
                        .Matches(@"\[\.\. (?<value>[\w.]+)\.Dimensions\[\.\.\^1\], (?<last>\w+)\]")
                        .Select(match => new Edit(
                            new(match.Index, match.Index + match.Length),
                            $"[{match.Groups["last"]}, .. {match.Groups["value"]}.Dimensions[1..]]"
                        )),
                ]
        ),
        new(
            "rule",
            "a rule never applies",
            Area.Rewrites | Area.Places | Area.Updates,
            source => Rules(source, always: false)
        ),
        new("guard", "a rule applies whatever its condition", Area.All, source => Rules(source, always: true)),
        new("condition", "a condition never or always holds", Area.All, Conditions),
        new(
            "operands",
            "operands are swapped",
            Area.Rewrites,
            source =>
                [
                    .. SwapArguments(@"\b(?<!Node )(Difference|Quotient)\((?=\s*g,)", 1)(source),
                    .. SwapArguments(@"\bg\.(Difference|Quotient|Concat)\(", 0)(source),
                ]
        ),
        new(
            "returned",
            "the other operand is returned",
            Area.Rewrites,
            Exchange(@"\breturn ", ";", ("x", "y"), ("y", "x"))
        ),
        new(
            "place",
            "the other input of a node",
            Area.Rewrites,
            Exchange(@"\bInputs", "", ("[0]", "[1]"), ("[1]", "[0]"))
        ),
        new(
            "lifetime",
            "a life begins or ends one step away",
            Area.Places,
            source =>
                [
                    .. Replace(@"\b(\w+\.)*[Ll]ife\.(First|Last)\b", found => found + " + 1")(source),
                    .. Replace(@"\b(\w+\.)*[Ll]ife\.(First|Last)\b", found => found + " - 1")(source),
                    .. Replace(@"(?<=\(|, )i(?=[,)])", "i + 1")(source),
                    .. Replace(@"(?<=\(|, )i(?=[,)])", "i - 1")(source),
                ]
        ),
        new(
            "end",
            "the other end, order or step",
            Area.Places,
            Exchange(
                @"\b",
                @"\b(?!>)",
                ("Life.First", "Life.Last"),
                ("Life.Last", "Life.First"),
                ("life.First", "life.Last"),
                (".Offset", ".End"),
                (".End", ".Offset"),
                ("Math.Max", "Math.Min"),
                (".Min(", ".Max("),
                (".Max(", ".Min("),
                ("OrderByDescending", "OrderBy"),
                ("ThenBy", "ThenByDescending"),
                ("FindLastIndex", "FindIndex"),
                ("Reads", "Writes"),
                ("Writes", "Reads"),
                ("writer, i", "i, writer"),
                ("i, overwriter", "overwriter, i")
            )
        ),
        new(
            "link",
            "a link of a query is missing",
            Area.Places | Area.Updates,
            DropCall(@"(\s*|\b)\.(Distinct|Where|Concat|OrderBy|OrderByDescending|ThenBy|Select|TakeWhile|Prepend)\(")
        ),
        new(
            "statement",
            "a statement is missing",
            Area.Places | Area.Updates,
            Replace(@"(?<=[;{})]\s*)^ +(?<x>(?!return\b|throw\b)\w[\w.\[\]]*(\([^;]*\)| [+-]?= [^;]*|\+\+|--));$", "")
        ),
        new(
            "comparison",
            "a comparison is another",
            Area.All,
            Exchange("(?<= )", "(?= )", ("==", "!="), ("!=", "=="), ("<=", "<"), ("<", "<="), (">=", ">"), (">", ">="))
        ),
        new(
            "arithmetic",
            "an operation of numbers is another",
            Area.All,
            Exchange(@"(?<=[\w)\]] )", @"(?= [\w(])", ("+", "-"), ("-", "+"), ("*", "/"), ("/", "*"), ("%", "/"))
        ),
        new(
            "logic",
            "and for or, or no negation",
            Area.All,
            source =>
                [
                    .. Exchange("(?<= )", "(?= )", ("&&", "||"), ("||", "&&"))(source),
                    .. Replace(@"(?<=[(&| ])!(?=\w)", "")(source),
                ]
        ),
        new(
            "number",
            "a number is another",
            Area.All,
            Replace(
                @"(?<![\w.\]])(?<!\de-|Inputs\[)(?!(?<=\b(double|long|bool|int) \w+ = [-\w./ ]*)[-\w./ ]*(,|\n?\s*\)))\d[\d_]*(\.\d+)?(e-?\d+)?(?![\w.])",
                OtherNumber
            )
        ),
        new("flag", "a fixed option is the other one", Area.Updates, Replace(@"(?<=: )(true|false)(?=[,)])", Opposite)),
        new("minus", "a minus is missing", Area.All, Replace(@"(?<=[(,?:] ?)-(?=[\w])", "")),
        new(
            "name",
            "another value of the same kind",
            Area.Updates,
            Exchange(
                @"(?<!(double|long|Scalar|Node|Variable|var|int) )(?<![.\w])",
                @"(?![\w(]| =[^=])",
                ("beta1", "beta2"),
                ("beta2", "beta1"),
                ("W", "G"),
                ("G", "W"),
                ("m", "v"),
                ("v", "m"),
                ("velocity", "gradient"),
                ("gradient", "G"),
                ("weight", "W"),
                ("direction", "gradient"),
                ("first", "second"),
                ("second", "first"),
                ("First", "Second"),
                ("Second", "First"),
                ("Start", "End"),
                ("End", "Start"),
                ("from", "to"),
                ("to", "from"),
                ("norm", "limit")
            )
        ),
        new(
            "range",
            "the range of an option is another",
            Area.Updates,
            Exchange(
                @"\b(?<!double )",
                @"(?=\()",
                ("Positive", "NotNegative"),
                ("NotNegative", "Positive"),
                ("Fraction", "Between0And1"),
                ("Between0And1", "Fraction")
            )
        ),
        new(
            "map",
            "another function of numbers",
            Area.Updates,
            Exchange(
                @"\b",
                @"(?=\()",
                ("Math.Cos", "Math.Sin"),
                ("Math.Max", "Math.Min"),
                ("Math.Sqrt", ""),
                ("Sqrt", "Square"),
                ("Square", "Sqrt"),
                ("Sign", ""),
                ("Complement", ""),
                ("LastOrDefault", "FirstOrDefault"),
                ("Any", "All")
            )
        ),
        new(
            "bound",
            "the other bound",
            Area.Updates,
            Exchange(@"\bBinaryFunction\.", @"\b", ("Minimum", "Maximum"), ("Maximum", "Minimum"))
        ),
        new("factor", "a factor is missing", Area.Updates, Replace(@"(?<=[(= ])[\w.]+(\([^()]*\))? \* (?=[\w(])", "")),
        new(
            "term",
            "a term is missing",
            Area.Updates,
            Replace(@"(?<=[\w)]) [+-] [\w.]+(\([^()]*\))?( \* [\w.]+(\([^()]*\))?)*(?=[;,)} ])", "")
        ),
    ];

    private static string Opposite(string flag) => flag == "true" ? "false" : "true";

    private static string OtherNumber(string number) =>
        number switch
        {
            "2" => "1",
            _ when number.All(c => char.IsAsciiDigit(c) || c == '_') => (
                long.Parse(number.Replace("_", ""), CultureInfo.InvariantCulture) + 1
            ).ToString(CultureInfo.InvariantCulture),
            _ => (2 * double.Parse(number, CultureInfo.InvariantCulture)).ToString("R", CultureInfo.InvariantCulture),
        };
}
