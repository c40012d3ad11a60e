import Files

extension FileType {
    /// Whether a file that begins with the sample can be of this type: it has the signature of the format, or is text if
    /// the type is a text format. Every file is of the type ``bytes``.
    func matches(_ sample: ContentSample) -> Bool {
        switch fileExtension {
        case "jpg": sample.has([0xFF, 0xD8, 0xFF])
        case "png": sample.has([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
        case "gif": sample.has("GIF87a") || sample.has("GIF89a")
        case "webp": sample.has("RIFF") && sample.has("WEBP", at: 8)
        case "tiff": sample.has([0x49, 0x49, 0x2A, 0x00]) || sample.has([0x4D, 0x4D, 0x00, 0x2A])
        case "avif": sample.hasBrand(of: ["avif", "avis"])
        case "heic": sample.hasBrand(of: ["heic", "heix", "heim", "heis", "hevc", "hevx"])

        case "mp3": sample.has("ID3") || sample.isMPEGAudioFrame
        case "aac": sample.has("ADIF") || sample[0] == 0xFF && sample[1].map { $0 & 0xF6 == 0xF0 } == true
        case "flac": sample.has("fLaC")
        case "wav": (sample.has("RIFF") || sample.has("RF64")) && sample.has("WAVE", at: 8)
        case "ogg", "ogv": sample.has("OggS")
        case "m4a", "mp4", "3gp": sample.isBaseMediaFile
        case "mov": sample.isBaseMediaFile || sample.isOldQuickTime
        case "weba", "webm": sample.isMatroska(of: ["webm"])
        case "mkv": sample.isMatroska(of: ["matroska", "webm"])
        case "avi": sample.has("RIFF") && sample.has("AVI ", at: 8)
        case "mpg": sample.has([0x00, 0x00, 0x01, 0xBA]) || sample.has([0x00, 0x00, 0x01, 0xB3])

        case "pdf": sample.part(from: 0, count: 1_024).firstOffset(of: "%PDF-") != nil
        case "doc", "xls", "ppt": sample.isCompoundFile
        // A document with a password is an encrypted package in a compound file (MS-OFFCRYPTO).
        case "docx", "xlsx", "pptx": sample.has([0x50, 0x4B, 0x03, 0x04]) || sample.isCompoundFile
        case "odt", "ods", "odp": sample.has([0x50, 0x4B, 0x03, 0x04])
        case "rtf": sample.has("{\\rtf")

        case "txt", "csv", "md", "json": sample.isText

        case "zip": sample.has([0x50, 0x4B, 0x03, 0x04]) || sample.has([0x50, 0x4B, 0x05, 0x06])
        case "gz": sample.has([0x1F, 0x8B])
        case "tar": sample.has("ustar", at: 257)
        case "7z": sample.has([0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C])
        case "rar": sample.has([0x52, 0x61, 0x72, 0x21, 0x1A, 0x07])

        default: self == .bytes
        }
    }
}

extension ContentSample {
    /// Whether the sample has no control characters except those of text, or starts with a byte order mark of UTF-16. Bytes
    /// above 0x7F are allowed, because text may be in any older encoding.
    var isText: Bool {
        if has([0xFF, 0xFE]) || has([0xFE, 0xFF]) { return true }
        return bytes.allSatisfy { byte in
            switch byte {
            case 0x09, 0x0A, 0x0C, 0x0D, 0x1B, 0x20...0x7E, 0x80...0xFF: true
            default: false
            }
        }
    }

    /// The container of Microsoft's older document formats (MS-CFB).
    fileprivate var isCompoundFile: Bool { has([0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]) }

    /// A frame header of MPEG audio: 11 bits of synchronisation, then a valid version, layer, bit rate and sampling rate.
    fileprivate var isMPEGAudioFrame: Bool {
        guard let second = self[1], let third = self[2], self[0] == 0xFF, second & 0xE0 == 0xE0 else { return false }
        return second & 0x18 != 0x08 && second & 0x06 != 0 && third & 0xF0 != 0xF0 && third & 0x0C != 0x0C
    }

    /// The brands of an ISO base media file (ISO/IEC 14496-12), the major brand first; nil for another format.
    private var brands: [String]? {
        guard has("ftyp", at: 4), let size = number(at: 0, bytes: 4), size >= 16, size <= 1_024 else { return nil }
        return ([8] + stride(from: 16, to: min(size, count), by: 4)).map { offset in
            String(decoding: part(from: offset, count: 4).bytes, as: UTF8.self)
        }
    }

    fileprivate func hasBrand(of names: Set<String>) -> Bool {
        guard let brands, let major = brands.first else { return false }
        // A video can list the brands of images among those it is compatible with.
        return (names.contains(major) || ["mif1", "msf1", "miaf"].contains(major))
            && brands.contains { names.contains($0) }
    }

    /// An ISO base media file with audio or video. Still images use the same container.
    fileprivate var isBaseMediaFile: Bool {
        guard let major = brands?.first else { return false }
        return !["avif", "heic", "heix", "mif1"].contains(major)
    }

    /// QuickTime from before the `ftyp` box was introduced.
    fileprivate var isOldQuickTime: Bool {
        has("moov", at: 4) || has("mdat", at: 4) || has("wide", at: 4) || has("free", at: 4) || has("skip", at: 4)
    }

    /// EBML whose header contains one of these document types.
    fileprivate func isMatroska(of types: [String]) -> Bool {
        guard has([0x1A, 0x45, 0xDF, 0xA3]) else { return false }
        let header = part(from: 0, count: 96).bytes
        return types.contains { header.firstRange(of: Array($0.utf8)) != nil }
    }
}
