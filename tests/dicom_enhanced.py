"""An enhanced MR image: one file with all the planes of a series."""

from collections.abc import Mapping, Sequence

import numpy as np
from pydicom import Dataset
from pydicom.uid import EnhancedMRImageStorage, generate_uid


def enhanced_instance(
    array: np.ndarray,
    affine: np.ndarray,
    order: np.ndarray,
    header: Mapping[str, object],
    *,
    scaled_each: bool = False,
) -> Dataset:
    """One instance, its patient and its series still unnamed.

    Args:
        array: (frames, rows, columns), whole numbers from 0 to 4095.
        affine: (4, 4), index (plane, row, column) → patient millimetres (RAS+).
        order: (frames,), the plane of each frame.
        header: What a classic image of this contrast says.
        scaled_each: Gives every frame a scaling of its own; else they share one.
    """
    ds = _general(len(array), header)
    lps = np.diag([-1.0, -1.0, 1.0, 1.0]) @ affine
    ds.SharedFunctionalGroupsSequence = [_shared(lps, header)]
    ds.PerFrameFunctionalGroupsSequence = [_frame(lps, int(plane)) for plane in order]
    stored = np.empty(array.shape, "<u2")
    for frame, values in enumerate(array):
        slope, intercept = (0.5 / (1 + frame % 2), -20.0 - frame) if scaled_each else (0.5, -20.0)
        stored[frame] = (values - intercept) / slope
        if scaled_each:
            ds.PerFrameFunctionalGroupsSequence[frame].update(scaling(slope, intercept))
    if not scaled_each:
        ds.SharedFunctionalGroupsSequence[0].update(scaling(0.5, -20.0))
    ds.DimensionOrganizationSequence = [_item(DimensionOrganizationUID=_ORGANIZATION)]
    ds.DimensionIndexSequence = [
        _item(
            DimensionOrganizationUID=_ORGANIZATION,
            DimensionIndexPointer=0x00209057,  # InStackPositionNumber
            FunctionalGroupPointer=0x00209111,  # FrameContentSequence
            DimensionDescriptionLabel="plane",
        )
    ]
    ds.SamplesPerPixel = 1
    ds.PhotometricInterpretation = "MONOCHROME2"
    ds.Rows, ds.Columns = array.shape[1:]
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 16, 15, 0
    ds.PixelData = stored.tobytes()
    return ds


_ORGANIZATION = generate_uid(entropy_srcs=["planes"])


def _item(**values: object) -> Dataset:
    item = Dataset()
    for keyword, value in values.items():
        setattr(item, keyword, value)
    return item


def decimals(values: Sequence[float]) -> list[str]:
    """Numbers as DICOM's decimal strings: at most 16 characters."""
    return [f"{value:.10g}"[:16] for value in np.asarray(values) + 0.0]


def _general(frames: int, header: Mapping[str, object]) -> Dataset:
    """What holds for the image as a whole."""
    return _item(
        SOPClassUID=EnhancedMRImageStorage,
        ImageType=["ORIGINAL", "PRIMARY", "OTHER", "NONE"],
        InstanceNumber=1,
        NumberOfFrames=frames,
        PixelPresentation="MONOCHROME",
        VolumetricProperties="VOLUME",
        VolumeBasedCalculationTechnique="NONE",
        ComplexImageComponent="MAGNITUDE",
        AcquisitionContrast=_contrast(header),
        ContentQualification="RESEARCH",
        BurnedInAnnotation="NO",
        LossyImageCompression="00",
        PresentationLUTShape="IDENTITY",
        AcquisitionNumber=1,
        AcquisitionDateTime="20240607080910",
        AcquisitionDuration=60.0,
        AcquisitionContextSequence=[],
        ResonantNucleus="1H",
        KSpaceFiltering="NONE",
        ApplicableSafetyStandardAgency="IEC",
        IsocenterPosition=[0.0, 0.0, 0.0],
        B1rms=1.0,
        PulseSequenceName="tse",
        MRAcquisitionType="2D",
        EchoPulseSequence="SPIN",
        MultipleSpinEcho="NO",
        MultiPlanarExcitation="NO",
        PhaseContrast="NO",
        TimeOfFlightContrast="NO",
        SteadyStatePulseSequence="NONE",
        EchoPlanarPulseSequence="NO",
        SaturationRecovery="NO",
        SpectrallySelectedSuppression="NONE",
        OversamplingPhase="NONE",
        GeometryOfKSpaceTraversal="RECTILINEAR",
        RectilinearPhaseEncodeReordering="LINEAR",
        SegmentedKSpaceTraversal="PARTIAL",
        NumberOfKSpaceTrajectories=1,
        PatientPosition="HFS",
        **_agent(header),
    )


def _agent(header: Mapping[str, object]) -> dict[str, object]:
    if "ContrastBolusAgent" not in header:
        return {}
    gadolinium = _code("GD", "99NOBODY", "Gadolinium")
    agent = _code("AGENT", "99NOBODY", str(header["ContrastBolusAgent"]))
    agent.ContrastBolusAgentNumber = 1
    agent.ContrastBolusAdministrationRouteSequence = [_code("IV", "99NOBODY", "Intravenous route")]
    agent.ContrastBolusIngredientCodeSequence = [gadolinium]
    agent.ContrastBolusVolume = 7.5
    agent.ContrastBolusIngredientConcentration = 1.0
    return {"ContrastBolusAgentSequence": [agent]}


def _code(value: str, scheme: str, meaning: str) -> Dataset:
    return _item(CodeValue=value, CodingSchemeDesignator=scheme, CodeMeaning=meaning)


def _contrast(header: Mapping[str, object]) -> str:
    if "InversionTime" in header:
        return "FLUID_ATTENUATED"
    return "T1" if header["EchoTime"] < 30 else "T2"


def _shared(lps: np.ndarray, header: Mapping[str, object]) -> Dataset:
    """What all frames have in common."""
    step, down, across = np.linalg.norm(lps[:3, :3], axis=0)
    shared = _item(
        PixelMeasuresSequence=[
            _item(
                PixelSpacing=decimals([down, across]),
                SliceThickness=decimals([0.9 * step])[0],
                SpacingBetweenSlices=decimals([step])[0],
            )
        ],
        PlaneOrientationSequence=[
            _item(ImageOrientationPatient=decimals([*(lps[:3, 2] / across), *(lps[:3, 1] / down)]))
        ],
        FrameAnatomySequence=[
            _item(
                FrameLaterality="U",
                AnatomicRegionSequence=[_code("BRAIN", "99NOBODY", "Brain")],
            )
        ],
    )
    shared.update(_physics(header))
    shared.update(_apparatus())
    if "ContrastBolusAgent" in header:
        usage = _item(
            ContrastBolusAgentNumber=1,
            ContrastBolusAgentAdministered="YES",
            ContrastBolusAgentDetected="YES",
        )
        shared.ContrastBolusUsageSequence = [usage]
    return shared


def scaling(slope: float, intercept: float) -> Dataset:
    """The functional group that says what stored values mean."""
    scale = _item(RescaleIntercept=intercept, RescaleSlope=slope, RescaleType="US")
    return _item(PixelValueTransformationSequence=[scale])


def _apparatus() -> Dataset:
    """What made the frames: of no interest here, but required."""
    coil = _item(
        ReceiveCoilName="HEAD",
        ReceiveCoilManufacturerName="",
        ReceiveCoilType="VOLUME",
        QuadratureReceiveCoil="YES",
    )
    transmitter = _item(
        TransmitCoilName="BODY", TransmitCoilManufacturerName="", TransmitCoilType="BODY"
    )
    view = _item(
        InPlanePhaseEncodingDirection="ROW",
        MRAcquisitionFrequencyEncodingSteps=256,
        MRAcquisitionPhaseEncodingStepsInPlane=256,
        PercentSampling=100.0,
        PercentPhaseFieldOfView=100.0,
    )
    imaging = _item(
        MagnetizationTransfer="NONE",
        BloodSignalNulling="NO",
        Tagging="NONE",
        TransmitterFrequency=123.2,
        PixelBandwidth=200.0,
    )
    return _item(
        MRReceiveCoilSequence=[coil],
        MRTransmitCoilSequence=[transmitter],
        MRFOVGeometrySequence=[view],
        MRImagingModifierSequence=[imaging],
        MRAveragesSequence=[_item(NumberOfAverages=1.0)],
    )


def _physics(header: Mapping[str, object]) -> Dataset:
    """How the frames were made."""
    frame_type = _item(
        FrameType=["ORIGINAL", "PRIMARY", "OTHER", "NONE"],
        PixelPresentation="MONOCHROME",
        VolumetricProperties="VOLUME",
        VolumeBasedCalculationTechnique="NONE",
        ComplexImageComponent="MAGNITUDE",
        AcquisitionContrast=_contrast(header),
    )
    timing = _item(
        RepetitionTime=header["RepetitionTime"],
        FlipAngle=header["FlipAngle"],
        EchoTrainLength=1,
        RFEchoTrainLength=1,
        GradientEchoTrainLength=0,
        SpecificAbsorptionRateSequence=[
            _item(SpecificAbsorptionRateDefinition="IEC_HEAD", SpecificAbsorptionRateValue=1.0)
        ],
        GradientOutputType="DB_DT",
        GradientOutput=1.0,
        OperatingModeSequence=[
            _item(OperatingModeType=kind, OperatingMode="IEC_NORMAL")
            for kind in ("STATIC FIELD", "RF", "GRADIENT")
        ],
    )
    modifier = _item(
        InversionRecovery="YES" if "InversionTime" in header else "NO",
        FlowCompensation="NONE",
        Spoiling="NONE",
        T2Preparation="NO",
        SpectrallySelectedExcitation="NONE",
        SpatialPresaturation="NONE",
        PartialFourier="NO",
        ParallelAcquisition="NO",
    )
    if "InversionTime" in header:
        modifier.InversionTimes = float(header["InversionTime"])
    return _item(
        MRImageFrameTypeSequence=[frame_type],
        MRTimingAndRelatedParametersSequence=[timing],
        MREchoSequence=[_item(EffectiveEchoTime=float(header["EchoTime"]))],
        MRModifierSequence=[modifier],
    )


def _frame(lps: np.ndarray, plane: int) -> Dataset:
    """What is a frame's own: where it lies."""
    content = _item(
        StackID="1",
        InStackPositionNumber=plane + 1,
        DimensionIndexValues=[plane + 1],
        FrameAcquisitionNumber=1,
        FrameAcquisitionDateTime="20240607080910",
        FrameReferenceDateTime="20240607080910",
        FrameAcquisitionDuration=1000.0,
    )
    position = decimals(lps[:3, 3] + plane * lps[:3, 0])
    return _item(
        FrameContentSequence=[content],
        PlanePositionSequence=[_item(ImagePositionPatient=position)],
    )
