/// Numbers and texts as literals of C# and F#.
module internal Functional.FsCheck.Literals

open System
open System.Globalization
open System.Text

/// The same in both languages, a floating-point number by its form; not for NaN and infinities.
let private finite (value: float) =
    let digits = value.ToString("R", CultureInfo.InvariantCulture)

    if digits.IndexOfAny [| '.'; 'E' |] < 0 then digits + ".0" else digits

/// A float as F# code; negative ones begin with a minus.
let fsharp (value: float) =
    if Double.IsNaN value then "nan"
    elif Double.IsPositiveInfinity value then "infinity"
    elif Double.IsNegativeInfinity value then "-infinity"
    else finite value

/// A double as C# code; negative ones begin with a minus.
let csharp (value: float) =
    if Double.IsNaN value then "double.NaN"
    elif Double.IsPositiveInfinity value then "double.PositiveInfinity"
    elif Double.IsNegativeInfinity value then "double.NegativeInfinity"
    else finite value

/// In parentheses where it begins with a minus, as arguments of F# functions are.
let argument (literal: string) =
    if literal.StartsWith '-' then $"({literal})" else literal

/// A text in quotes, the same in both languages: what is no letter, digit or ASCII is escaped.
let quoted (text: string) =
    let character (c: char) =
        match c with
        | '"' -> "\\\""
        | '\\' -> "\\\\"
        | '\n' -> "\\n"
        | '\r' -> "\\r"
        | '\t' -> "\\t"
        | c when Char.IsLetterOrDigit c || (c >= ' ' && c <= '~') -> string c
        | c -> "\\u" + (int c).ToString("x4", CultureInfo.InvariantCulture)

    (StringBuilder("\""), text)
    ||> Seq.fold (fun quoted c -> quoted.Append(character c))
    |> fun quoted -> quoted.Append('"').ToString()

/// A text as an F# expression; F# has no literal for half of a surrogate pair.
let fsharpText (text: string) =
    if Seq.exists Char.IsSurrogate text then
        let characters = text |> Seq.map (fun c -> $"char {int c}") |> String.concat "; "
        $"(System.String [| {characters} |])"
    else
        quoted text
