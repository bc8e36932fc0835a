/// An assembly's public API as text: a line for every type and member, in ordinal order, as near to C# as one line can be.
module PublicApi

open System
open System.Reflection
open System.Runtime.CompilerServices

let private keywords =
    dict
        [
            typeof<Void>, "void"
            typeof<obj>, "object"
            typeof<string>, "string"
            typeof<bool>, "bool"
            typeof<byte>, "byte"
            typeof<char>, "char"
            typeof<int>, "int"
            typeof<int64>, "long"
            typeof<uint64>, "ulong"
            typeof<float32>, "float"
            typeof<float>, "double"
        ]

/// List`1 as List.
let private bareName (t: Type) = (t.Name.Split '`')[0]

let private arguments (names: string seq) =
    if Seq.isEmpty names then "" else "<" + String.concat ", " names + ">"

let rec private typeName (t: Type) (nullability: NullabilityInfo | null) : string =
    let inner i (argument: Type) =
        match nullability with
        | null -> typeName argument null
        | n when not (isNull n.ElementType) -> typeName argument n.ElementType
        | n when i < n.GenericTypeArguments.Length -> typeName argument n.GenericTypeArguments[i]
        | _ -> typeName argument null

    let name =
        match Nullable.GetUnderlyingType t with
        | null ->
            if t.IsArray then
                inner 0 (t.GetElementType() |> nonNull) + "[]"
            elif t.IsByRef then
                typeName (t.GetElementType() |> nonNull) null
            elif keywords.ContainsKey t then
                keywords[t]
            elif t.IsGenericType && t.Namespace = "System" && t.Name.StartsWith "ValueTuple`" then
                "(" + (t.GetGenericArguments() |> Seq.mapi inner |> String.concat ", ") + ")"
            else
                bareName t + arguments (t.GetGenericArguments() |> Seq.mapi inner)
        | underlying -> typeName underlying null + "?"

    match nullability with
    | null -> name
    | n when not t.IsValueType && n.ReadState = NullabilityState.Nullable && not (name.EndsWith '?') -> name + "?"
    | _ -> name

let private nested (t: Type) =
    let rec outward (t: Type) =
        match t.DeclaringType with
        | null -> [ bareName t ]
        | outer -> outward outer @ [ bareName t ]

    let own = t.GetGenericArguments() |> Seq.map _.Name
    $"""{t.Namespace}.{String.concat "." (outward t)}{arguments own}"""

let private has<'attribute when 'attribute :> Attribute> (m: ICustomAttributeProvider) =
    m.IsDefined(typeof<'attribute>, false)

/// A default value; null in metadata stands for the default of a struct too.
let private literal (t: Type) (value: obj | null) =
    match value with
    | null when t.IsValueType && isNull (Nullable.GetUnderlyingType t) -> "default"
    | null -> "null"
    | :? bool as b -> if b then "true" else "false"
    | :? string as s -> $"\"{s}\""
    | :? IFormattable as f -> f.ToString(null, Globalization.CultureInfo.InvariantCulture)
    | other -> string other

let private parameters (infos: ParameterInfo seq) =
    let context = NullabilityInfoContext()

    let parameter (p: ParameterInfo) =
        let prefix =
            if p.IsOut then
                "out "
            elif p.ParameterType.IsByRef then
                "ref "
            elif has<ParamArrayAttribute> p || has<ParamCollectionAttribute> p then
                "params "
            else
                ""

        let suffix = if p.HasDefaultValue then " = " + literal p.ParameterType p.DefaultValue else ""
        $"{prefix}{typeName p.ParameterType (context.Create p)} {p.Name}{suffix}"

    infos |> Seq.map parameter |> String.concat ", "

let private isShown (m: MethodBase) =
    m.IsPublic || m.IsFamily || m.IsFamilyOrAssembly

let private kind (t: Type) =
    let isStatic = t.IsAbstract && t.IsSealed

    let modifier =
        if isStatic then "static "
        elif t.IsInterface || t.IsValueType then ""
        elif t.IsAbstract then "abstract "
        elif t.IsSealed then "sealed "
        else ""

    let noun =
        if t.IsEnum then "enum"
        elif t.IsInterface then "interface"
        elif t.IsSubclassOf typeof<Delegate> then "delegate"
        elif t.IsValueType then "struct"
        elif not (isNull (t.GetMethod "<Clone>$")) then "record"
        else "class"

    let ancestors =
        [
            match t.BaseType with
            | null -> ()
            | b when b = typeof<obj> || b = typeof<ValueType> || b = typeof<Enum> || b = typeof<MulticastDelegate> -> ()
            | b -> typeName b null

            // Without what the compilers add to records.
            for i in t.GetInterfaces() do
                if
                    not t.IsEnum
                    && not (i.Name.StartsWith "IStructural")
                    && not (i.Name.StartsWith "IComparable")
                    && not (i.Name.StartsWith "IEquatable")
                    && i <> typeof<Runtime.Serialization.ISerializable>
                then
                    typeName i null
        ]

    let bases = if ancestors.IsEmpty then "" else " : " + String.concat ", " ancestors

    modifier + noun + bases

let private members (t: Type) =
    let all =
        BindingFlags.Public
        ||| BindingFlags.NonPublic
        ||| BindingFlags.Instance
        ||| BindingFlags.Static
        ||| BindingFlags.DeclaredOnly

    let context = NullabilityInfoContext()
    let modifier isStatic = if isStatic then "static " else ""


    let isWritten (m: MemberInfo) =
        not (has<CompilerGeneratedAttribute> m) && not (m.Name.Contains '<')

    seq {
        for c in t.GetConstructors all do
            if isShown c && isWritten c && not c.IsStatic then
                $"new({parameters (c.GetParameters())})"

        for m in t.GetMethods all do
            if isShown m && isWritten m && (not m.IsSpecialName || m.Name.StartsWith "op_") then
                let generic =
                    if m.IsGenericMethod then
                        arguments (m.GetGenericArguments() |> Seq.map _.Name)
                    else
                        ""

                let self = if has<ExtensionAttribute> m then "this " else ""
                let result = typeName m.ReturnType (context.Create m.ReturnParameter)
                $"{m.Name}{generic}({self}{parameters (m.GetParameters())}) : {modifier m.IsStatic}{result}"

        for p in t.GetProperties all do
            match p.GetMethod with
            | null -> ()
            | getter when isShown getter && p.Name <> "EqualityContract" ->
                let index = p.GetIndexParameters()
                let name = if index.Length > 0 then $"this[{parameters index}]" else p.Name

                let write =
                    match p.SetMethod with
                    | null -> ""
                    | setter when not (isShown setter) -> ""
                    | setter when
                        setter.ReturnParameter.GetRequiredCustomModifiers() |> Array.contains typeof<IsExternalInit>
                        ->
                        " init;"
                    | _ -> " set;"

                $"{name} : {modifier getter.IsStatic}{typeName p.PropertyType (context.Create p)} {{ get;{write} }}"
            | _ -> ()

        for f in t.GetFields all do
            if (f.IsPublic || f.IsFamily) && not f.IsSpecialName then
                if f.IsLiteral then
                    $"{f.Name} = {literal f.FieldType (f.GetRawConstantValue())}"
                else
                    $"{f.Name} : {modifier f.IsStatic}{typeName f.FieldType null}"
    }

let rec private isVisible (t: Type) =
    match t.DeclaringType with
    | null -> t.IsPublic
    | outer -> (t.IsNestedPublic || t.IsNestedFamily) && isVisible outer

let lines (assembly: Assembly) =
    [
        for t in assembly.GetTypes() do
            if isVisible t && not (has<CompilerGeneratedAttribute> t) then
                let name = nested t
                $"{name} : {kind t}"

                for m in members t do
                    $"{name}.{m}"
    ]
    |> List.sortWith (fun a b -> String.CompareOrdinal(a, b))
