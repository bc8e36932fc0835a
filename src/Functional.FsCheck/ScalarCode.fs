/// Scalar expressions as code, with the fewest parentheses; sums and products are written alike in C# and F#.
module internal Functional.FsCheck.ScalarCode

open Functional

/// How tightly a form binds; an operand that binds less tightly than its place stands in parentheses.
module private Level =
    let sum = 1
    let term = 2
    let negation = 3
    let application = 4
    let atom = 5

type private Language =
    {
        Constant: float -> string * int
        Call: string -> (int -> string) list -> string * int
    }

let private functionName (f: BinaryFunction) =
    match f with
    | BinaryFunction.Maximum -> "Max"
    | BinaryFunction.Minimum -> "Min"
    | other -> string other

let rec private print language (e: Scalar) (context: int) : string =
    let wrap (text, level) =
        if level < context then $"({text})" else text

    let operation symbol level (a: Scalar) (b: Scalar) =
        wrap ($"{print language a level} {symbol} {print language b (level + 1)}", level)

    let call name (arguments: Scalar list) =
        wrap (language.Call name (arguments |> List.map (print language)))

    match e with
    | :? Scalar.Variable as v -> v.Name
    | :? Scalar.Constant as c -> wrap (language.Constant c.Value)
    | :? Scalar.Unary as u when u.Function = UnaryFunction.Negate ->
        wrap ("-" + print language u.Argument Level.application, Level.negation)
    | :? Scalar.Unary as u -> call (string u.Function) [ u.Argument ]
    | :? Scalar.Binary as b ->
        match b.Function with
        | BinaryFunction.Add -> operation "+" Level.sum b.Left b.Right
        | BinaryFunction.Subtract -> operation "-" Level.sum b.Left b.Right
        | BinaryFunction.Multiply -> operation "*" Level.term b.Left b.Right
        | BinaryFunction.Divide -> operation "/" Level.term b.Left b.Right
        | f -> call (functionName f) [ b.Left; b.Right ]
    | :? Scalar.Choice as c -> call "Where" [ c.Condition; c.WhenPositive; c.Otherwise ]
    | other -> invalidOp $"bug in Functional.FsCheck, please report: no code for {other}"

let private inCSharp =
    {
        Constant =
            fun value ->
                let literal = Literals.csharp value
                literal, (if literal.StartsWith '-' then Level.negation else Level.atom)
        Call =
            fun name arguments ->
                let list = arguments |> List.map (fun argument -> argument Level.sum) |> String.concat ", "
                $"Scalar.{name}({list})", Level.atom
    }

let private inFSharp =
    {
        Constant = fun value -> $"Scalar.constant {Literals.argument (Literals.fsharp value)}", Level.application
        Call =
            fun name arguments ->
                let list = arguments |> List.map (fun argument -> argument Level.atom) |> String.concat " "
                $"Scalar.{name.Substring(0, 1).ToLowerInvariant()}{name.Substring 1} {list}", Level.application
    }

/// C#, beside <c>using static Functional.Layers;</c>.
let csharp (e: Scalar) = print inCSharp e Level.sum

/// F#, beside <c>open Functional.FSharp</c>.
let fsharp (e: Scalar) = print inFSharp e Level.sum
