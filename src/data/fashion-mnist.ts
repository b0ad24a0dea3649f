import { knownIdxSource, type KnownIdx } from './known-idx.ts';
import type { PathSchema } from './image-set.ts';

/**
 * Digests of the packed files: those that TensorFlow Datasets pins (`url_checksums/fashion_mnist.txt`). They were also
 * found from Debian's package `dataset-fashion-mnist` 0.0~git20200523, which holds the same files with the name and time
 * in the gzip header taken out: with both put back, the files have the MD5 sums of the official README (8d4fb7e6…,
 * 25c81989…, bef4ecab…, bb300cfd…) and these SHA-256 sums. Digests of the unpacked files come from that package.
 */
const fashionMnist: KnownIdx = {
  title: 'Fashion-MNIST (Xiao, Rasul and Vollgraf 2017, arXiv 1708.07747)',
  license: 'MIT, Zalando SE',
  addresses: [
    'http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/',
    'https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/',
  ],
  files: {
    train: {
      images: {
        packed:
          '3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84',
        unpacked:
          'c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888',
      },
      labels: {
        packed:
          'a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845',
        unpacked:
          'bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9',
      },
    },
    test: {
      images: {
        packed:
          '346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073',
        unpacked:
          '5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b',
      },
      labels: {
        packed:
          '67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5',
        unpacked:
          '0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34',
      },
    },
  },
  classNames: [
    'T-shirt/top',
    'Trouser',
    'Pullover',
    'Dress',
    'Coat',
    'Sandal',
    'Shirt',
    'Sneaker',
    'Bag',
    'Ankle boot',
  ],
  // Mean and deviation of all training pixels: 0.28604, 0.35302.
  normalization: { mean: [0.286], deviation: [0.353] },
  folderHint:
    'such as /usr/share/datasets/fashion-mnist of Debian\'s package "dataset-fashion-mnist"',
};

/** Photographs of 70,000 pieces of clothing, 28 × 28, grey. */
export const fashionMnistSource = (path: PathSchema) =>
  knownIdxSource(fashionMnist, path);
