//! Trained weights in safetensors files: the VGG16 stack that set-up provides, and files of a user.

use safetensors::{Dtype, SafeTensors};

use super::{Checked, DataError};

/// Folder of the trained VGG16 stack.
pub const HED_FOLDER: &str = "hed";
/// The VGG16 stack of an edge detector (HED), converted by set-up.
pub const HED_FILES: [Checked; 1] =
    [("vgg16.safetensors", "125ae52a971fe89a45ca310f7176097cd5b793e2304e27d72202e5d7d91b4bff")];

/// An array of numbers with its shape, last dimension fastest.
#[derive(Clone, Debug, PartialEq)]
pub struct Array {
    /// Sizes, slowest dimension first; kernels are out × in × height × width.
    pub shape: Vec<usize>,
    /// The numbers.
    pub numbers: Vec<f32>,
}

/// A convolution layer: kernels (out × in × height × width) and biases (out).
#[derive(Clone, Debug, PartialEq)]
pub struct Convolution {
    /// Kernels.
    pub kernels: Array,
    /// Biases.
    pub biases: Array,
}

/// A file of named arrays.
pub struct Weights {
    what: String,
    file: Vec<u8>,
}

impl Weights {
    /// The trained VGG16 stack that set-up provides: layers `conv1_1` to `conv5_3`.
    ///
    /// # Errors
    /// [`DataError`]: the file is missing, or is not the expected one.
    pub fn hed() -> Result<Self, DataError> {
        let folder = super::folder_of(HED_FOLDER)?;
        Self::of(HED_FILES[0].0, super::verified(&folder, HED_FILES[0])?)
    }

    /// A user's file `<name>/<name>.safetensors` (`vgg16`, `alexnet`).
    ///
    /// # Errors
    /// [`DataError`]: the file is missing or damaged.
    pub fn user(name: &str) -> Result<Self, DataError> {
        let path = super::folder_of(name)?.join(format!("{name}.safetensors"));
        Self::of(&path.display().to_string(), super::read(&path)?)
    }

    /// Checks the header.
    ///
    /// # Errors
    /// [`DataError::Damaged`] with what is wrong.
    pub fn of(what: &str, file: Vec<u8>) -> Result<Self, DataError> {
        SafeTensors::deserialize(&file)
            .map_err(|error| DataError::damaged(what, error.to_string()))?;
        Ok(Self { what: what.into(), file })
    }

    /// Names of all arrays, sorted.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = SafeTensors::deserialize(&self.file)
            .map(|file| file.names().into_iter().map(ToString::to_string).collect())
            .unwrap_or_default();
        names.sort();
        names
    }

    /// A float32 array by name.
    ///
    /// # Errors
    /// [`DataError::Damaged`]: there is no such array, or its numbers are of another type or not finite.
    pub fn array(&self, name: &str) -> Result<Array, DataError> {
        let damaged = |reason: String| DataError::damaged(&self.what, reason);
        let file =
            SafeTensors::deserialize(&self.file).map_err(|error| damaged(error.to_string()))?;
        let view = file.tensor(name).map_err(|_| damaged(format!("it has no array `{name}`")))?;
        if view.dtype() != Dtype::F32 {
            return Err(damaged(format!("`{name}` is of type {:?}, not F32", view.dtype())));
        }
        let number = |four: &[u8]| f32::from_le_bytes([four[0], four[1], four[2], four[3]]);
        let numbers: Vec<f32> = view.data().chunks_exact(4).map(number).collect();
        if numbers.iter().any(|number| !number.is_finite()) {
            return Err(damaged(format!("`{name}` holds numbers that are not finite")));
        }
        Ok(Array { shape: view.shape().to_vec(), numbers })
    }

    /// The layer `name`: its kernels `name.weight` and biases `name.bias`.
    ///
    /// # Errors
    /// [`DataError::Damaged`]: an array is missing or has another shape.
    pub fn convolution(&self, name: &str) -> Result<Convolution, DataError> {
        let kernels = self.array(&format!("{name}.weight"))?;
        let biases = self.array(&format!("{name}.bias"))?;
        if kernels.shape.len() != 4 || biases.shape != kernels.shape[..1] {
            let reason = format!(
                "`{name}` has kernels of shape {:?} and biases of shape {:?}",
                kernels.shape, biases.shape
            );
            return Err(DataError::damaged(&self.what, reason));
        }
        Ok(Convolution { kernels, biases })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(header: &str, numbers: &[f32]) -> Vec<u8> {
        let mut file = (header.len() as u64).to_le_bytes().to_vec();
        file.extend(header.as_bytes());
        numbers.iter().for_each(|number| file.extend(number.to_le_bytes()));
        file
    }

    const LAYER: &str = r#"{"a.weight":{"dtype":"F32","shape":[2,1,1,1],"data_offsets":[0,8]},
        "a.bias":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}}"#;

    #[test]
    fn a_layer_is_read() {
        let weights = Weights::of("w", file(LAYER, &[1.0, 2.0, 3.0, 4.0])).unwrap();
        assert_eq!(weights.names(), ["a.bias", "a.weight"]);
        let layer = weights.convolution("a").unwrap();
        assert_eq!((layer.kernels.numbers, layer.biases.numbers), (vec![1.0, 2.0], vec![3.0, 4.0]));
    }

    #[test]
    fn bad_files_say_what_is_wrong() {
        assert!(Weights::of("w", file(LAYER, &[1.0])).is_err());
        assert!(Weights::of("w", vec![1, 2]).is_err());
        let weights = Weights::of("w", file(LAYER, &[1.0, 2.0, f32::NAN, 4.0])).unwrap();
        let message = |name: &str| weights.array(name).unwrap_err().to_string();
        assert!(message("b").contains("no array `b`"));
        assert!(message("a.bias").contains("not finite"));
    }
}
