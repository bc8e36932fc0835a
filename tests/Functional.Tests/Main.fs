module Functional.Tests.Main

open Expecto

/// Every test, in the order of the stages.
let tests =
    testList
        "Functional"
        [
            ValueTests.tests
            NetworkTests.tests
            NetworkTextTests.tests
            NetworkTextErrorTests.tests
            InitializationTests.tests
            DataTests.tests
            GraphTests.tests
            SimplificationTests.tests
            RewriteTests.tests
            VjpTests.tests
            GradientTests.tests
            CentralDifferenceTests.tests
            GradientCheckTests.tests
            GradientFaultTests.tests
            ChainRuleTests.tests
            PlanTests.tests
            HessianTests.tests
            FusionTests.tests
            LayoutTests.tests
            BufferTests.tests
            PlacementTests.tests
            ExecutionTests.tests
            OperatorTests.tests
            KernelTests.tests
            ChainedSumTests.tests
            MatrixProductTests.tests
            PrefetchTests.tests
            InnerProductTests.tests
            TranspositionTests.tests
            MaskTests.tests
            RowKernelTests.tests
            PrimitivePlanTests.tests
            ArenaTests.tests
            OptimizerTests.tests
            OptimizerNumberTests.tests
            LossTests.tests
            CustomDerivativeTests.tests
            CustomDerivativeTextTests.tests
            CrossEntropyTests.tests
            WeightedCrossEntropyTests.tests
            TrainingTests.tests
            TrainingErrorTests.tests
            LearningRateScheduleTests.tests
            ParameterGroupTests.tests
            EarlyStoppingTests.tests
            TrainingLoopTests.tests
            HistoryTests.tests
            ModelTests.tests
            MetricsTests.tests
            SessionTests.tests
            LineSearchTests.tests
            LbfgsTests.tests
            InspectionTests.tests
            LayerTests.tests
            LayerTextTests.tests
            DropoutTests.tests
            BatchNormTests.tests
            EmbeddingTests.tests
            SharedTests.tests
            ThreadTests.tests
            VerificationTests.tests
            DiagnosisTests.tests
            CliTests.tests
            BenchCommandTests.tests
            CheckCommandTests.tests
            RandomCheckTests.tests
            ExperimentTests.tests
            MnistExperimentTests.tests
            GeneratorTests.tests
            CodeTests.tests
            PropertyTests.tests
            FSharpTests.tests
            ApiTests.tests
            StructureTests.tests
        ]

[<EntryPoint>]
let main argv = runTestsWithCLIArgs [] argv tests
