/// What a type of the core uses: the types in its declaration and in the code of its methods, as compiled.
module TypeUses

open System
open System.Reflection
open System.Reflection.Emit

let assembly = typeof<Functional.Network>.Assembly

let everything =
    BindingFlags.Public
    ||| BindingFlags.NonPublic
    ||| BindingFlags.Instance
    ||| BindingFlags.Static
    ||| BindingFlags.DeclaredOnly

/// The name of the type that a type is declared in, or its own.
let topLevel (t: Type) =
    let rec outermost (t: Type) =
        match t.DeclaringType with
        | null -> t
        | outer -> outermost outer

    (outermost t).Name.Split('`')[0]

/// The types of the core that a type is made of: itself, its element, its arguments.
let rec private parts (t: Type) : Type seq =
    seq {
        if t.HasElementType then
            yield! parts (t.GetElementType() |> nonNull)
        elif t.IsFunctionPointer then
            yield! parts (t.GetFunctionPointerReturnType())
            yield! t.GetFunctionPointerParameterTypes() |> Seq.collect parts
        elif not t.IsGenericParameter then
            if t.Assembly = assembly then
                t

            if t.IsGenericType && not t.IsGenericTypeDefinition then
                yield! t.GetGenericArguments() |> Seq.collect parts
    }

let private opcodes =
    lazy
        (dict
            [
                for field in typeof<OpCodes>.GetFields() do
                    match field.GetValue null with
                    | :? OpCode as code -> code.Value, code
                    | _ -> ()
            ])

/// The metadata tokens in a method's code.
let private tokens (il: byte[]) =
    let rec read position found =
        if position >= il.Length then
            found
        else
            let size, value =
                if il[position] = 0xFEuy then
                    2, int16 (0xFE00 ||| int il[position + 1])
                else
                    1, int16 il[position]

            let operand = position + size

            match opcodes.Value[value].OperandType with
            | OperandType.InlineNone -> read operand found
            | OperandType.ShortInlineBrTarget
            | OperandType.ShortInlineI
            | OperandType.ShortInlineVar -> read (operand + 1) found
            | OperandType.InlineVar -> read (operand + 2) found
            | OperandType.InlineI8
            | OperandType.InlineR -> read (operand + 8) found
            | OperandType.InlineSwitch -> read (operand + 4 + 4 * BitConverter.ToInt32(il, operand)) found
            | OperandType.InlineField
            | OperandType.InlineMethod
            | OperandType.InlineTok
            | OperandType.InlineType -> read (operand + 4) (BitConverter.ToInt32(il, operand) :: found)
            | _ -> read (operand + 4) found

    read 0 []

/// The types of the core that a type's declaration and code use, each with where.
let uses (t: Type) =
    let typeArguments = if t.IsGenericType then t.GetGenericArguments() else [||]
    let constraints = Seq.collect (fun (p: Type) -> p.GetGenericParameterConstraints())

    let code (m: MethodBase) =
        let methodArguments = if m.IsGenericMethod then m.GetGenericArguments() else [||]

        match m.GetMethodBody() with
        | null -> Seq.empty
        | body ->
            seq {
                yield! body.LocalVariables |> Seq.map _.LocalType

                for token in tokens (body.GetILAsByteArray() |> nonNull) do
                    match m.Module.ResolveMember(token, typeArguments, methodArguments) with
                    | null -> ()
                    | :? Type as used -> used
                    | used ->
                        yield! used.DeclaringType |> Option.ofObj |> Option.toList

                        match used with
                        | :? MethodInfo as called when called.IsGenericMethod -> yield! called.GetGenericArguments()
                        | _ -> ()
            }

    seq {
        yield! t.BaseType |> Option.ofObj |> Option.toList |> Seq.map (fun b -> "its base", b)
        yield! t.GetInterfaces() |> Seq.map (fun i -> "an interface", i)
        yield! constraints typeArguments |> Seq.map (fun c -> "a constraint", c)

        for field in t.GetFields everything do
            field.Name, field.FieldType

        let methods =
            Seq.append (Seq.cast<MethodBase>(t.GetMethods everything)) (Seq.cast (t.GetConstructors everything))

        for m in methods do
            for p in m.GetParameters() do
                m.Name, p.ParameterType

            match m with
            | :? MethodInfo as info ->
                m.Name, info.ReturnType

                if info.IsGenericMethod then
                    yield! constraints (info.GetGenericArguments()) |> Seq.map (fun c -> m.Name, c)
            | _ -> ()

            yield! code m |> Seq.map (fun used -> m.Name, used)
    }
    |> Seq.collect (fun (where, used) -> parts used |> Seq.map (fun part -> where, part))
