// What tests expect of values, in the order and with the names of Expecto 11's `Expect`.
namespace Expecto

open System
open System.Text.RegularExpressions

/// `absolute` + `relative`·max(|a|, |b|) bounds |a - b|.
type Accuracy = { absolute: float; relative: float }

module Accuracy =
    let low = { absolute = 1e-6; relative = 1e-3 }
    let medium = { absolute = 1e-8; relative = 1e-5 }
    let high = { absolute = 1e-10; relative = 1e-7 }
    let veryHigh = { absolute = 1e-12; relative = 1e-9 }

    let areCloseLhs (a: float) b = abs (a - b)

    let areCloseRhs m a b =
        m.absolute + m.relative * max (abs a) (abs b)

    let areClose m a b = areCloseLhs a b <= areCloseRhs m a b

/// Expectations: the actual value first, the expected one next, the message last.
module Expect =
    let private fail (message: string) detail =
        failtestf "%s. %s" (message.TrimEnd '.') detail

    let private expect holds message (detail: unit -> string) =
        if not holds then
            fail message (detail ())

    let private both expected actual =
        $"\n  expected: %A{expected}\n    actual: %A{actual}"

    let private firstDifference (actual: 'a array) (expected: 'a array) =
        seq { 0 .. max actual.Length expected.Length - 1 }
        |> Seq.tryFind (fun i -> Array.tryItem i actual <> Array.tryItem i expected)

    let private thrownBy (f: unit -> unit) =
        try
            f ()
            None
        with e ->
            Some e

    let throws f message =
        expect (thrownBy(f).IsSome) message (fun () -> "Expected an exception, none was thrown.")

    /// Hands the exception to `check`.
    let throwsC f check =
        match thrownBy f with
        | Some e -> check e
        | None -> failtest "Expected an exception, none was thrown."

    /// Exactly this type of exception, not one derived from it.
    let throwsT<'texn> f message =
        match thrownBy f with
        | Some e when e.GetType() = typeof<'texn> -> ()
        | Some e -> fail message $"Expected {typeof<'texn>.FullName}, but this was thrown: {e}"
        | None -> fail message $"Expected {typeof<'texn>.FullName}, nothing was thrown."

    let isTrue actual message =
        expect actual message (fun () -> "Expected true, was false.")

    let isFalse actual message =
        expect (not actual) message (fun () -> "Expected false, was true.")

    let isNull actual message =
        expect (Object.ReferenceEquals(actual, null)) message (fun () -> $"Expected null, was %A{actual}.")

    let isNotNull actual message =
        expect (not (Object.ReferenceEquals(actual, null))) message (fun () -> "Expected a value, was null.")

    let isSome actual message =
        expect (Option.isSome actual) message (fun () -> "Expected Some, was None.")

    let isNone actual message =
        expect (Option.isNone actual) message (fun () -> $"Expected None, was %A{actual}.")

    let isOk actual message =
        expect (Result.isOk actual) message (fun () -> $"Expected Ok, was %A{actual}.")

    let isError actual message =
        expect (Result.isError actual) message (fun () -> $"Expected Error, was %A{actual}.")

    let wantSome actual message =
        match actual with
        | Some value -> value
        | None -> fail message "Expected Some, was None."

    let wantOk actual message =
        match actual with
        | Ok value -> value
        | Error error -> fail message $"Expected Ok, was Error %A{error}."

    let wantError actual message =
        match actual with
        | Ok value -> fail message $"Expected Error, was Ok %A{value}."
        | Error error -> error

    let equal (actual: 'a) (expected: 'a) message =
        if actual <> expected then
            let place =
                match box actual, box expected with
                | (:? string as a), (:? string as e) -> firstDifference (a.ToCharArray()) (e.ToCharArray())
                | _ -> None
                |> Option.map (fun i -> $" The strings differ from position {i} on.")
                |> Option.defaultValue ""

            fail message $"Expected equal values.{place}{both expected actual}"

    let notEqual (actual: 'a) (expected: 'a) message =
        expect (actual <> expected) message (fun () -> $"Expected another value than %A{actual}.")

    let isLessThan a b message =
        expect (a < b) message (fun () -> $"Expected %A{a} < %A{b}.")

    let isLessThanOrEqual a b message =
        expect (a <= b) message (fun () -> $"Expected %A{a} <= %A{b}.")

    let isGreaterThan a b message =
        expect (a > b) message (fun () -> $"Expected %A{a} > %A{b}.")

    let isGreaterThanOrEqual a b message =
        expect (a >= b) message (fun () -> $"Expected %A{a} >= %A{b}.")

    let isNotNaN actual message =
        expect (not (Double.IsNaN actual)) message (fun () -> "Expected a number, was NaN.")

    let isNotPositiveInfinity actual message =
        expect (not (Double.IsPositiveInfinity actual)) message (fun () -> "Expected no infinity, was +∞.")

    let isNotNegativeInfinity actual message =
        expect (not (Double.IsNegativeInfinity actual)) message (fun () -> "Expected no infinity, was -∞.")

    let isNotInfinity actual message =
        isNotPositiveInfinity actual message
        isNotNegativeInfinity actual message

    /// Infinities and NaN are close to nothing.
    let floatClose accuracy actual expected message =
        let close = Double.IsFinite actual && Double.IsFinite expected && Accuracy.areClose accuracy actual expected

        expect close message (fun () ->
            let difference = Accuracy.areCloseLhs actual expected
            let bound = Accuracy.areCloseRhs accuracy actual expected

            $"Expected |{actual:R} - {expected:R}| = {difference:R} to be at most {bound:R} "
            + $"(absolute {accuracy.absolute:R}, relative {accuracy.relative:R}).")

    let floatLessThanOrClose accuracy actual expected message =
        if not (actual <= expected) then
            floatClose accuracy actual expected message

    let floatGreaterThanOrClose accuracy actual expected message =
        if not (actual >= expected) then
            floatClose accuracy actual expected message

    let stringContains (subject: string) (substring: string) message =
        expect (subject.Contains(substring, StringComparison.Ordinal)) message (fun () ->
            $"Expected '{subject}' to contain '{substring}'.")

    let stringStarts (subject: string) (prefix: string) message =
        expect (subject.StartsWith(prefix, StringComparison.Ordinal)) message (fun () ->
            $"Expected '{subject}' to start with '{prefix}'.")

    let stringEnds (subject: string) (suffix: string) message =
        expect (subject.EndsWith(suffix, StringComparison.Ordinal)) message (fun () ->
            $"Expected '{subject}' to end with '{suffix}'.")

    let stringHasLength (subject: string) length message =
        expect (subject.Length = length) message (fun () -> $"Expected '{subject}' to have {length} characters.")

    let isNotEmpty (actual: string) message =
        expect (not (String.IsNullOrEmpty actual)) message (fun () -> "Expected a string that is not empty.")

    let isNotWhitespace (actual: string) message =
        expect (not (String.IsNullOrWhiteSpace actual)) message (fun () ->
            $"Expected more than white space: '{actual}'.")

    let isMatch (actual: string) (pattern: string) message =
        expect (Regex.IsMatch(actual, pattern)) message (fun () -> $"Expected '{actual}' to match /{pattern}/.")

    let isNotMatch (actual: string) (pattern: string) message =
        expect (not (Regex.IsMatch(actual, pattern))) message (fun () ->
            $"Expected '{actual}' not to match /{pattern}/.")

    let isEmpty (actual: 'a seq) message =
        expect (Seq.isEmpty actual) message (fun () -> $"Expected no elements:\n%A{actual}")

    let isNonEmpty (actual: 'a seq) message =
        expect (not (Seq.isEmpty actual)) message (fun () -> "Expected elements, there are none.")

    let hasLength (actual: 'a seq) length message =
        expect (Seq.length actual = length) message (fun () ->
            $"Expected {length} elements, there are {Seq.length actual}:\n%A{actual}")

    let hasCountOf (actual: 'a seq) (expected: uint32) selector message =
        let count = actual |> Seq.filter selector |> Seq.length |> uint32
        expect (count = expected) message (fun () -> $"Expected {expected} such elements, there are {count}.")

    let contains (sequence: 'a seq) element message =
        expect (Seq.contains element sequence) message (fun () -> $"Expected %A{element} among:\n%A{sequence}")

    /// Every element of `expected` is in `actual`, in any order and number.
    let containsAll (actual: 'a seq) (expected: 'a seq) message =
        let missing = expected |> Seq.filter (fun element -> not (Seq.contains element actual)) |> List.ofSeq

        expect missing.IsEmpty message (fun () -> $"Expected also %A{missing} among:\n%A{actual}")

    let exists (actual: 'a seq) predicate message =
        expect (Seq.exists predicate actual) message (fun () -> $"Expected one such element among:\n%A{actual}")

    let all (actual: 'a seq) predicate message =
        let others = actual |> Seq.indexed |> Seq.filter (snd >> predicate >> not) |> List.ofSeq

        expect others.IsEmpty message (fun () -> $"Expected it of all elements; not so (index, element): %A{others}")

    let allEqual (actual: 'a seq) expected message =
        let others = actual |> Seq.indexed |> Seq.filter (snd >> (<>) expected) |> List.ofSeq

        expect others.IsEmpty message (fun () -> $"Expected only %A{expected}; not so (index, element): %A{others}")

    let sequenceEqual (actual: 'a seq) (expected: 'a seq) message =
        let actual, expected = Array.ofSeq actual, Array.ofSeq expected

        match firstDifference actual expected with
        | None -> ()
        | Some i ->
            let item = Array.tryItem i >> Option.map (sprintf "%A") >> Option.defaultValue "the end"

            fail
                message
                $"Expected equal sequences; at position {i} expected {item expected}, but got {item actual}.{both expected actual}"

    let sequenceStarts (subject: 'a seq) (prefix: 'a seq) message =
        let prefix = Array.ofSeq prefix
        sequenceEqual (Seq.truncate prefix.Length subject) prefix message

    let sequenceContainsOrder (actual: 'a seq) (expected: 'a seq) message =
        let drop remaining element =
            match remaining with
            | next :: rest when next = element -> rest
            | _ -> remaining

        let remaining = Seq.fold drop (List.ofSeq expected) actual
        expect remaining.IsEmpty message (fun () -> $"Expected also %A{remaining}, in this order, in:\n%A{actual}")

    let isAscending (subject: 'a seq) message =
        let ascending = subject |> Seq.pairwise |> Seq.forall (fun (a, b) -> a <= b)
        expect ascending message (fun () -> $"Expected ascending elements:\n%A{subject}")

    let isDescending (subject: 'a seq) message =
        let descending = subject |> Seq.pairwise |> Seq.forall (fun (a, b) -> a >= b)
        expect descending message (fun () -> $"Expected descending elements:\n%A{subject}")
