module CsvTests

open System
open System.IO
open System.Text
open Expecto
open FsCheck
open Functional
open DataFixtures

let private csv (text: string) options =
    Csv.Load(new StringReader(text), options, "x.csv")

let private label (column: string) =
    CsvOptions(Label = CsvColumn.Named column)

let private targets (columns: string list) =
    CsvOptions(Targets = ValueList.ToValueList(columns |> List.map (fun name -> CsvColumn.Named name :> CsvColumn)))

let private columns (texts: string list) =
    ValueList.ToValueList(texts |> List.map (fun name -> CsvColumn.Named name :> CsvColumn))

let private features (dataset: Dataset) =
    dataset.Features<float>().Data.ToArray()

let tests =
    testList
        "Csv"
        [
            testCase "text labels become classes in ordinal order" (fun () ->
                let dataset = csv "a,b,kind\n1,2.5,dog\n-3,4e2,cat\n5,6,dog\n" (label "kind")
                Expect.equal (features dataset) [| 1.0; 2.5; -3.0; 400.0; 5.0; 6.0 |] "features"
                Expect.equal (dataset.Labels.ToArray()) [| 1; 0; 1 |] "labels"
                Expect.equal dataset.ClassNames (names [ "cat"; "dog" ]) "class names"
                Expect.equal dataset.FeatureNames (names [ "a"; "b" ]) "feature names")

            testCase "whole-number labels become classes in numeric order, whatever their spelling" (fun () ->
                let dataset = csv "x,y\n1,10\n2,9\n3,009\n4,9.0\n" (label "y")
                Expect.equal dataset.ClassNames (names [ "9"; "10" ]) "class names"
                Expect.equal (dataset.Labels.ToArray()) [| 1; 0; 0; 0 |] "labels")

            testCase "given classes keep their order and may be absent" (fun () ->
                let dataset =
                    csv "x,y\n1,b\n2,a\n" (CsvOptions(Label = CsvColumn.Named "y", Classes = names [ "b"; "c"; "a" ]))

                Expect.equal (dataset.Labels.ToArray()) [| 0; 2 |] "labels"
                Expect.equal dataset.ClassCount (Nullable 3) "classes")

            testCase "targets are numbers, in the order asked for" (fun () ->
                let dataset = csv "a,b,c\n1,2,3\n4,5,6\n" (targets [ "c"; "a" ])
                Expect.equal (dataset.Targets<float>()) (Tensor(dims [ 2; 2 ], [| 3.0; 1.0; 6.0; 4.0 |])) "targets"
                Expect.equal (features dataset) [| 2.0; 5.0 |] "features"
                Expect.isFalse dataset.ClassCount.HasValue "no classes")

            testCase "categories become one column each when asked for" (fun () ->
                let options =
                    CsvOptions(Targets = columns [ "y" ], OneHot = columns [ "colour" ], Ignore = columns [ "id" ])

                let dataset = csv "id,colour,x,y\nA,red,1,2\nB,blue,3,4\n" options
                Expect.equal dataset.FeatureNames (names [ "colour=blue"; "colour=red"; "x" ]) "names"
                Expect.equal (features dataset) [| 0.0; 1.0; 1.0; 1.0; 0.0; 3.0 |] "features")

            testCase "the delimiter, the header, blank lines and line ends are found" (fun () ->
                for text in
                    [
                        "a,b,c\n1,2,u\n3,4,v"
                        "a;b;c\r\n1;2;u\r\n3;4;v\r\n"
                        "a\tb\tc\r1\t2\tu\r3\t4\tv\r"
                        "\uFEFF\"a\",b,\"c\"\n\n1, 2 , u\n  \n\"3\",\"4\" ,\"v\"\n\n"
                        "1,2,u\n3,4,v\n"
                    ] do
                    let dataset = csv text (CsvOptions(Label = CsvColumn.At(Index(1, true))))
                    Expect.equal (features dataset) [| 1.0; 2.0; 3.0; 4.0 |] "features"
                    Expect.equal dataset.ClassNames (names [ "u"; "v" ]) "classes")

            testCase "a semicolon file with commas inside text splits at the semicolons" (fun () ->
                let dataset = csv "x;y\n1;a,b\n2;c,d\n" (label "y")
                Expect.equal dataset.ClassNames (names [ "a,b"; "c,d" ]) "classes")

            testProperty "reads back what it is quoted from" (fun (texts: NonEmptyString list) ->
                let quote (text: string) =
                    "\"" + text.Replace("\"", "\"\"") + "\""

                let kinds = "first" :: "second" :: (texts |> List.map _.Get)
                let rows = kinds |> List.map (fun kind -> $"1,{quote kind}\n")
                let options = CsvOptions(Label = CsvColumn.Named "kind", Delimiter = Nullable ',')
                let dataset = csv ("x,kind\n" + String.concat "" rows) options
                let back = dataset.Labels.ToArray() |> Array.map (fun label -> dataset.ClassNames[label])
                List.ofArray back = kinds)

            testCase "the culture of the machine does not matter" (fun () ->
                let culture = Globalization.CultureInfo.CurrentCulture

                try
                    Globalization.CultureInfo.CurrentCulture <- Globalization.CultureInfo "de-DE"
                    Expect.equal (features (csv "x,y\n1.5,2\n" (targets [ "y" ]))) [| 1.5 |] "features"
                finally
                    Globalization.CultureInfo.CurrentCulture <- culture)

            testCase "says line, column and fix" (fun () ->
                let y = targets [ "y" ]
                says (fun () -> csv "" y) [ "x.csv"; "empty" ]
                says (fun () -> csv "x,y\n" y) [ "no rows" ]
                says (fun () -> csv "x,y\n1,2\n\n3\n" y) [ "line 4"; "1 fields"; "2" ]
                says (fun () -> csv "x,y\n1,2\n,3\n" y) [ "line 3"; "column 0 'x'"; "missing"; "Ignore" ]
                says (fun () -> csv "x,y\n1,2\nNA,3\n" y) [ "line 3"; "missing ('NA')" ]
                says (fun () -> csv "x,y\n1,2\nfoo,3\n" y) [ "line 3"; "column 0 'x'"; "'foo'" ]
                says (fun () -> csv "x,y\nInfinity,3\n" y) [ "line 2"; "'Infinity'" ]
                says (fun () -> csv "x;y\n1,5;3\n" y) [ "line 2"; "1.5" ]
                says (fun () -> csv "c,y\nred,1\nblue,2\n" y) [ "column 0 'c'"; "'red', 'blue'"; "OneHot" ]
                says (fun () -> csv "x,y\n1,a\n2,b\n" y) [ "column 1 'y'"; "Label" ]
                says (fun () -> csv "x,y\n1,2\n" (targets [ "z" ])) [ "no column 'z'"; "x, y" ]
                says (fun () -> csv "x,x\n1,2\n" (targets [ "x" ])) [ "2 columns are named 'x'"; "0 or 1" ]
                says (fun () -> csv "x,y\n1,2\n" (CsvOptions())) [ "Label or Targets"; "x, y" ]
                says (fun () -> csv "y\n1\n" y) [ "no feature column" ]
                says (fun () -> csv "x,y\n1,2.5\n2,3.5\n" (label "y")) [ "column 1 'y'"; "Targets" ]
                says (fun () -> csv "x,y\n1,a\n2,a\n" (label "y")) [ "at least two"; "'a'" ]
                says (fun () -> csv "x,y\n1,a\n2,\n3,b\n" (label "y")) [ "line 3"; "missing" ]
                says (fun () -> csv "x,y\n1,\"a\nb\"\n2,\"c\n" (label "y")) [ "line 4"; "never closes" ]
                says (fun () -> csv "x,y\n1,\"a\"b\n" (label "y")) [ "line 2"; "after a closing quote" ]
                says (fun () -> csv "x,y\n1,a\"b\n" (label "y")) [ "line 2"; "Quote the whole field" ]
                says (fun () -> Csv.Load("/nowhere/x.csv", y)) [ "cannot be opened" ])

            testCase "damaged text gives a dataset or a DataException" (fun () ->
                let seeds =
                    [|
                        "a,b,c\n1,2,x\n3,4,y\n"
                        "1;2;0\r\n3;4;1\r\n5;6;2"
                        "\"h \"\"1\"\"\"\tb\tc\n1e3\t-2.5\t\"x\ny\"\n"
                    |]
                    |> Array.map Encoding.Latin1.GetBytes

                let options =
                    [|
                        CsvOptions(Label = CsvColumn.At(Index(1, true)))
                        targets [ "2" ]
                        CsvOptions(Label = CsvColumn.Named "c", OneHot = columns [ "b" ])
                        CsvOptions(Label = CsvColumn.At(Index 0), HasHeader = Nullable false, Delimiter = Nullable ';')
                    |]

                let mutable random = random 2UL

                for _ in 1..10_000 do
                    let text = Encoding.Latin1.GetString(mutate &random seeds[random.NextInt seeds.Length])

                    try
                        csv text options[random.NextInt options.Length] |> ignore
                    with :? DataException ->
                        ())
        ]
